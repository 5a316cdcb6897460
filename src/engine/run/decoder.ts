import { Tensor } from 'onnxruntime-node';
import { pastLengthInput } from '../compile/context';
import { type DecodeGraph, decodeGraph, ends } from '../compile/graphs';
import type { Stage } from '../compile/stage';
import type { Decoder, Intervention } from '../model';
import { KeyValueCache } from './cache';
import { changedHooks, changeFeeds } from './changes';
import { checkFinite, checkHooks, checkIntervention, checkLength, checkVocabulary } from './check';
import { idsToOnnx, itemsPerRun, type Machine, pause, runBudget } from './machine';
import type { Feeds } from './sessions';

/** Positions of one run: with more of them what it computes on the way takes long to come by, and speed gains nothing. */
const positionsPerRun = 256;

/**
 * Stages and their numbers that one session may have at most, if it has more than one stage: making a session blocks the
 * process, all the longer where quantised matrices are packed for their kernels.
 */
const spanLimits = { stages: 8, parameters: 16e6 };

/** What bounds a run; other values than the usual ones are for tests. */
export interface RunLimits {
  /** Multiplications in it. */
  readonly budget: number;
  /** Numbers in the tensors of a session of several stages. */
  readonly parameters: number;
}

/**
 * Generation over a cache. The stages are run in spans, one after the other, over as many positions at a time as make a run
 * that ends soon: matrices that meet many rows at once are multiplied several times as fast as for few.
 */
export class CachedDecoder implements Decoder {
  private filled = 0;
  private readonly cache = new KeyValueCache();
  private readonly spans: readonly Span[];

  constructor(
    private readonly machine: Machine,
    /** Made in every run: alike at all positions. */
    private readonly interventions: readonly Intervention[],
    /** Whether matrices are multiplied as their file quantises them, where it does. */
    private readonly quantised: boolean,
    private readonly limits: RunLimits = { budget: runBudget, parameters: spanLimits.parameters },
  ) {
    this.spans = spansOf(machine.program.stages, limits.parameters);
    checkHooks(
      interventions.map(({ hook }) => hook),
      machine.stageOf,
    );
    for (const change of interventions) {
      const { dims } = machine.stage(machine.stageOf.get(change.hook)!).hooks.get(change.hook)!;
      // Nothing of a change may differ between positions: the rows of a cache do not say where they stood.
      checkIntervention(
        change,
        dims.map((dim) => (typeof dim === 'string' ? 1 : dim)),
      );
    }
  }

  get length(): number {
    return this.filled;
  }

  async step(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    const { architecture } = this.machine.program;
    checkVocabulary(ids, architecture.vocabularySize);
    checkLength(this.filled + ids.length, architecture.contextLength);
    if (ids.length === 0) throw new RangeError('A step needs at least one token.');
    if (this.quantised) await this.machine.program.weights.pack(signal);
    const before = this.filled;
    try {
      const logits = await this.append(ids, signal);
      checkFinite(logits);
      return logits;
    } catch (error) {
      this.filled = before;
      throw error;
    }
  }

  truncate(length: number): void {
    this.filled = Math.min(this.filled, length);
  }

  private async append(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    const { stages, architecture } = this.machine.program;
    const { head } = this.machine;
    const length = this.filled + ids.length;
    const attention = 2 * architecture.hiddenSize * length;
    // The embedding multiplies nothing, and the head is run for one position alone.
    const costs = this.spans.map(([from, to]) =>
      stages
        .slice(Math.max(1, from), Math.min(to, head))
        .reduce((sum, { parameters }) => sum + parameters + attention, 1),
    );
    const perRun = Math.min(positionsPerRun, itemsPerRun(Math.max(...costs), this.limits.budget));
    let stream = idsToOnnx([ids]);
    for (let at = 0; at < ids.length; at += perRun) {
      const part = ids.slice(at, at + perRun);
      stream = idsToOnnx([part]);
      for (const [from, to] of this.spans) {
        if (from === head && at + perRun < ids.length) continue;
        await pause(signal);
        stream = await this.run(from, to, stream, part.length, length);
      }
      this.filled += part.length;
    }
    return stream.data as Float32Array;
  }

  /** Runs stages over `count` positions behind those that are filled, of what will be a text of `length`. */
  private async run(from: number, to: number, input: Tensor, count: number, length: number): Promise<Tensor> {
    const { sessions, program, positions, stageOf } = this.machine;
    const { filled } = this;
    const here = this.interventions.filter(({ hook }) => {
      const stage = stageOf.get(hook)!;
      return from <= stage && stage < to;
    });
    const request = { from, to, changes: changedHooks(here), quantised: this.quantised };
    let writes: Feeds = {};
    const outputs = await sessions.run<DecodeGraph>(
      JSON.stringify(['decode', request]),
      () => decodeGraph(program, request),
      (graph) => {
        const cache = this.cache.ends(graph.caches, filled, count);
        writes = cache.writes;
        return {
          [ends.input]: input,
          [pastLengthInput]: new Tensor('int64', BigInt64Array.of(BigInt(filled)), [1]),
          ...changeFeeds(here),
          ...cache.reads,
          ...positions.feeds(graph.tables, filled, filled + count, length),
        };
      },
      () => writes,
    );
    return outputs.get(ends.output)!;
  }
}

/** Stages from one index up to another. */
type Span = readonly [from: number, to: number];

function spansOf(stages: readonly Stage[], most: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  let total = 0;
  for (const [index, { parameters }] of stages.entries()) {
    if (index > from && (total + parameters > most || index - from === spanLimits.stages)) {
      spans.push([from, index]);
      from = index;
      total = 0;
    }
    total += parameters;
  }
  return [...spans, [from, stages.length]];
}
