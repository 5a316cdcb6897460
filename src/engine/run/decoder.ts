import { Tensor } from 'onnxruntime-node';
import { cacheEnds, pastLengthInput } from '../compile/context';
import { type DecodeGraph, decodeGraph, ends } from '../compile/graphs';
import type { Decoder, Intervention } from '../model';
import { changedHooks, changeFeeds } from './changes';
import { checkFinite, checkHooks, checkIntervention, checkLength, checkVocabulary } from './check';
import { idsToOnnx, itemsPerRun, type Machine, pause } from './machine';

/** The cache grows by this many positions at a time: unfilled ones cost a little in every step. */
const roomStep = 128;

interface Cache {
  readonly heads: number;
  readonly size: number;
  /** [heads, room, size]. */
  data: Float32Array;
}

/**
 * Generation over a cache that lies here and is fed without a copy; a run gives out only the rows it adds. Long inputs
 * are cut into several runs, so that each ends soon.
 */
export class CachedDecoder implements Decoder {
  private filled = 0;
  private room = 0;
  private readonly caches = new Map<string, Cache>();

  constructor(
    private readonly machine: Machine,
    /** Made in every run: alike at all positions. */
    private readonly interventions: readonly Intervention[],
  ) {
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
    const before = this.filled;
    try {
      return await this.append(ids, signal);
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
    const matrices = stages.slice(1).reduce((sum, { parameters }) => sum + parameters, 0);
    const attention = 2 * architecture.layers * architecture.hiddenSize * (this.filled + ids.length);
    const perRun = itemsPerRun(matrices + attention);
    const length = this.filled + ids.length;
    let logits: Float32Array | null = null;
    for (let from = 0; from < ids.length; from += perRun) {
      await pause(signal);
      logits = await this.run(ids.slice(from, from + perRun), length);
    }
    if (!logits) throw new RangeError('A step needs at least one token.');
    checkFinite(logits);
    return logits;
  }

  /** Appends a part of what will be a text of `length` positions. */
  private async run(ids: readonly number[], length: number): Promise<Float32Array> {
    const { sessions, program, positions } = this.machine;
    const end = this.filled + ids.length;
    const changes = changedHooks(this.interventions);
    const outputs = await sessions.run<DecodeGraph>(
      JSON.stringify(['decode', changes]),
      () => decodeGraph(program, changes),
      ({ tables, caches }) => ({
        [ends.input]: idsToOnnx([ids]),
        [pastLengthInput]: new Tensor('int64', BigInt64Array.of(BigInt(this.filled)), [1]),
        ...changeFeeds(this.interventions),
        ...this.cacheFeeds(caches),
        ...positions.feeds(tables, this.filled, end, length),
      }),
    );
    this.reserve(end);
    for (const [name, cache] of this.caches) {
      this.store(cache, outputs.get(cacheEnds(name).added)!.data as Float32Array, ids.length);
    }
    this.filled = end;
    return outputs.get(ends.output)!.data as Float32Array;
  }

  private cacheFeeds(caches: DecodeGraph['caches']): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const [name, { heads, size }] of caches) {
      const cache = this.caches.get(name) ?? { heads, size, data: new Float32Array(0) };
      this.caches.set(name, cache);
      feeds[cacheEnds(name).past] = new Tensor('float32', cache.data, [1, heads, this.room, size]);
    }
    return feeds;
  }

  /** Makes room for so many positions; every cache always has the same room. */
  private reserve(positions: number): void {
    if (positions <= this.room) return;
    const room = Math.ceil(positions / roomStep) * roomStep;
    for (const cache of this.caches.values()) {
      const grown = new Float32Array(cache.heads * room * cache.size);
      for (let head = 0; head < cache.heads; head++) {
        const from = head * this.room * cache.size;
        grown.set(cache.data.subarray(from, from + this.filled * cache.size), head * room * cache.size);
      }
      cache.data = grown;
    }
    this.room = room;
  }

  /** Puts the rows [heads, count, size] of a run behind those that are there. */
  private store({ heads, size, data }: Cache, added: Float32Array, count: number): void {
    for (let head = 0; head < heads; head++) {
      const rows = added.subarray(head * count * size, (head + 1) * count * size);
      data.set(rows, (head * this.room + this.filled) * size);
    }
  }
}
