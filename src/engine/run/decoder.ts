import { Tensor } from 'onnxruntime-node';
import { pastLengthInput } from '../compile/context';
import { type DecodeGraph, decodeGraph, ends } from '../compile/graphs';
import type { Decoder, Intervention } from '../model';
import { KeyValueCache } from './cache';
import { changedHooks, changeFeeds } from './changes';
import { checkFinite, checkHooks, checkIntervention, checkLength, checkVocabulary } from './check';
import { idsToOnnx, itemsPerRun, type Machine, pause, runBudget } from './machine';

/** Positions of one run: with more of them what it computes on the way takes long to come by, and speed gains nothing. */
const positionsPerRun = 256;

/** How many times as many positions a run reads in the time that fp32 takes, at least. */
const quantisedSpeed = 1.5;

/**
 * Generation over a cache. A few tokens pass the whole stack in one run. A longer text passes one stage after the other,
 * as many positions at a time as make a run that ends soon: matrices are then multiplied with many rows at once, which
 * is several times as fast as few rows through the whole stack. Quantised matrices are packed for their kernels anyway,
 * which only one session should have to hold: they are always read through the whole stack.
 */
export class CachedDecoder implements Decoder {
  private filled = 0;
  private readonly cache = new KeyValueCache();

  constructor(
    private readonly machine: Machine,
    /** Made in every run: alike at all positions. */
    private readonly interventions: readonly Intervention[],
    /** Whether matrices are multiplied as their file quantises them, where it does. */
    private readonly quantised: boolean,
    private readonly budget = runBudget,
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
    if (ids.length === 0) throw new RangeError('A step needs at least one token.');
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
    const length = this.filled + ids.length;
    const attention = 2 * architecture.hiddenSize * length;
    const matrices = stages.slice(1).reduce((sum, { parameters }) => sum + parameters, 0);
    const run = async (from: number, to: number, input: Tensor, count: number) => {
      await pause(signal);
      return this.run(from, to, input, count, length);
    };
    const cost = matrices + architecture.layers * attention;
    const atOnce = itemsPerRun(cost, this.budget);
    if (this.quantised || ids.length <= atOnce) {
      let logits: Tensor | null = null;
      const step = this.quantised ? Math.max(1, Math.floor(quantisedSpeed * atOnce)) : atOnce;
      for (let from = 0; from < ids.length; from += step) {
        const part = ids.slice(from, from + step);
        logits = await run(0, stages.length, idsToOnnx([part]), part.length);
        this.filled += part.length;
      }
      return logits!.data as Float32Array;
    }
    const perRun = Math.min(positionsPerRun, itemsPerRun(stages[1]!.parameters + attention, this.budget));
    const { head } = this.machine;
    let stream = idsToOnnx([ids]);
    for (let from = 0; from < ids.length; from += perRun) {
      const part = ids.slice(from, from + perRun);
      stream = idsToOnnx([part]);
      for (let stage = 0; stage < head; stage++) stream = await run(stage, stage + 1, stream, part.length);
      this.filled += part.length;
    }
    return (await run(head, head + 1, stream, 0)).data as Float32Array;
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
    let caches: DecodeGraph['caches'] = new Map();
    const outputs = await sessions.run<DecodeGraph>(
      JSON.stringify(['decode', request]),
      () => decodeGraph(program, request),
      (graph) => {
        ({ caches } = graph);
        return {
          [ends.input]: input,
          [pastLengthInput]: new Tensor('int64', BigInt64Array.of(BigInt(filled)), [1]),
          ...changeFeeds(here),
          ...this.cache.feeds(caches, filled),
          ...positions.feeds(graph.tables, filled, filled + count, length),
        };
      },
    );
    this.cache.store(caches, outputs, filled);
    return outputs.get(ends.output)!;
  }
}
