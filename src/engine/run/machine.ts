import { setImmediate } from 'node:timers/promises';
import { Tensor as OnnxTensor } from 'onnxruntime-node';
import { cancelled } from '../../core/errors';
import type { Program } from '../compile/graphs';
import type { Stage } from '../compile/stage';
import type { Tensor } from '../tensor';
import { Positions } from './positions';
import { Sessions } from './sessions';

/**
 * Multiplications in one run. It blocks the process, cancellation included; one core does this many in less than a
 * tenth of a second, and may have to convert the weights beside.
 */
export const runBudget = 3e9;

/** What forward, backward and decoding share: a program, its sessions, and where each hook stands. */
export class Machine {
  readonly sessions: Sessions;
  readonly positions = new Positions();
  /** By hook name, the index of its stage; in the order of computation. */
  readonly stageOf: ReadonlyMap<string, number>;

  constructor(
    readonly program: Program,
    threads: number,
  ) {
    this.sessions = new Sessions(program.weights.folder, threads);
    this.stageOf = new Map(
      program.stages.flatMap(({ hooks }, index) => [...hooks.keys()].map((name) => [name, index] as const)),
    );
  }

  /** The index of the head's stage, which follows the embedding and the blocks. */
  get head(): number {
    return this.program.stages.length - 1;
  }

  stage(index: number): Stage {
    return this.program.stages[index]!;
  }
}

/** How many items of which each costs so many multiplications fit into one run; at least one. */
export function itemsPerRun(cost: number, budget = runBudget): number {
  return Math.max(1, Math.floor(budget / cost));
}

/**
 * Comes between two runs: lets messages in, among them the one that cancels, and throws `cancelled()` when it came.
 */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  if (signal?.aborted) throw cancelled();
}

export function toOnnx({ dims, data }: Tensor): OnnxTensor {
  return new OnnxTensor('float32', data, dims);
}

export function fromOnnx({ dims, data }: OnnxTensor): Tensor {
  return { dims, data: data as Float32Array };
}

export function idsToOnnx(rows: readonly (readonly number[])[]): OnnxTensor {
  return new OnnxTensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}

export function integersToOnnx(values: readonly number[]): OnnxTensor {
  return new OnnxTensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
}
