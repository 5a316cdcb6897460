import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { cancelled } from '../../core/errors';
import type { HeadScores } from '../../core/model';
import type { CorpusRequest } from '../../core/partIndex/status';
import { writeIndex } from '../../core/partIndex/write';
import type { Model } from '../model';
import { writeWhole } from '../partial';
import { checkpointPlace, dropCheckpoint, resumeCheckpoint, saveCheckpoint } from './checkpoint';
import { type Corpus, readCorpus } from './corpus';
import { type Given, Unembedder, writtenBy } from './effects';
import { IndexState, type Promoted, sizesOf } from './state';

export interface IndexJob {
  readonly model: Model;
  readonly corpus: CorpusRequest;
  /** Where the index goes, and beside it, while it is made, the checkpoint. */
  readonly out: string;
  readonly scores: () => Promise<readonly HeadScores[]>;
  /** Does one piece of the work, at most about a second, when it is the job's turn to have the model. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called after each piece: texts that were read of all, then parts whose promoted tokens are known. */
  readonly onProgress?: (progress: IndexProgress) => void;
  /** Pauses the job: what was measured is kept, and the same job asked for again goes on from there. */
  readonly signal?: AbortSignal;
}

export interface IndexProgress {
  readonly doing: 'texts' | 'effects';
  readonly done: number;
  readonly of: number;
}

/** Milliseconds of work that a kill may cost. */
const saveEvery = 10_000;
/** Neurons whose output is read in one piece. */
const neuronsAtOnce = 128;

/**
 * Makes the index of a model and writes it. A job that was paused or killed goes on where it was last saved, and ends with
 * the same bytes.
 *
 * @throws WhenceError `cancelled` when it was paused, `bad-input` for a corpus without code, `storage`
 */
export async function buildIndex(job: IndexJob): Promise<Corpus['described']> {
  const { model, turn, signal, onProgress } = job;
  const corpus = await readCorpus(model, job.corpus, signal);
  const state = new IndexState(model, corpus, await turn(() => sizesOf(model, signal)));
  const place = checkpointPlace(job.out);
  let done = (await resumeCheckpoint(place, model.info.sha256, corpus, state)) ?? 0;
  const save = () => saveCheckpoint(place, model.info.sha256, job.corpus, corpus, done, state);
  try {
    for (let saved = Date.now(); done < corpus.texts.length; ) {
      if (signal?.aborted) throw cancelled();
      onProgress?.({ doing: 'texts', done, of: corpus.texts.length });
      await turn(() => state.read(done, signal));
      done++;
      if (Date.now() - saved < saveEvery) continue;
      await save();
      saved = Date.now();
    }
  } catch (thrown) {
    if (state.whole) await save();
    throw thrown;
  }
  await save();
  const promoted = await promotedTokens(job, state);
  const index = state.index(await turn(job.scores), promoted);
  await writeWhole(job.out, await promisify(gzip)(writeIndex(index), { level: 9 }));
  await dropCheckpoint(place);
  return corpus.described;
}

/** What the parts of each layer promote: every neuron, and every context of a head. */
async function promotedTokens(job: IndexJob, state: IndexState): Promise<readonly Promoted[]> {
  const { model, turn, signal, onProgress } = job;
  const { layers, heads } = model.info;
  const { neurons } = state.sizes;
  const unembedder = new Unembedder(model, state.means);
  const contexts = Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: heads }, (_unused, head) => state.keptOf(layer, head)),
  );
  const found = Array.from({ length: layers }, () => ({
    neurons: new Map<number, Pick<Effects, 'promotes' | 'suppresses'>>(),
    heads: new Map<number, Effects['promotes'][]>(
      Array.from({ length: heads }, (_unused, head) => [head, []]),
    ),
  }));
  /** By layer, the head of each context and the vector that it reads there. */
  const reading = contexts.map((each) =>
    each.flatMap((kept, head) => kept.map(({ vector }) => ({ head, vector: atHead(vector, head, heads) }))),
  );
  const size = Math.min(neuronsAtOnce, model.info.contextLength);
  const rows = Math.max(neurons, ...reading.map(({ length }) => length));
  const of = layers * Math.ceil(rows / size);
  for (let from = 0, done = 0; from < rows; from += size) {
    const given = reading.map((each): Given => {
      const last = Math.min(neurons, from + size);
      return {
        heads: each.slice(from, from + size).map(({ vector }) => vector),
        neurons: Array.from({ length: Math.max(0, last - from) }, (_, index) => from + index),
      };
    });
    const written = await turn(() => writtenBy(model, given, state.sizes, state.means, signal));
    for (const [layer, { heads: read, neurons: ones }] of given.entries()) {
      onProgress?.({ doing: 'effects', done: done++, of });
      const byHead = await turn(() => unembedder.effectsOf(written[layer]!.heads, read.length, signal));
      for (const [index, { promotes }] of byHead.entries()) {
        found[layer]!.heads.get(reading[layer]![from + index]!.head)!.push(promotes);
      }
      const byNeuron = await turn(() => unembedder.effectsOf(written[layer]!.neurons, ones.length, signal));
      for (const [index, effects] of byNeuron.entries()) found[layer]!.neurons.set(ones[index]!, effects);
    }
  }
  return found;
}

type Effects = Awaited<ReturnType<Unembedder['effectsOf']>>[number];

/** A head's vector among those of all heads, which are zero. */
function atHead(vector: Float32Array, head: number, heads: number): Float32Array {
  const all = new Float32Array(heads * vector.length);
  all.set(vector, head * vector.length);
  return all;
}
