/** What a process that holds one model answers to the bench: the same questions for Whence and for llama.cpp. */
export interface Runner {
  /** Loads the model, ready to run. */
  load(path: string, threads: number): Promise<void>;
  /** Reads a text of so many tokens with nothing in the cache and chooses the next one. */
  prefill(count: number): Promise<number>;
  /** Continues by so many tokens, each the likeliest after the one before. */
  decode(count: number): Promise<void>;
  unload(): Promise<void>;
}

/** A question to such a process, and what it cost: seconds by the clock and of all its processors. */
export type Ask =
  | { readonly kind: 'load'; readonly path: string; readonly threads: number }
  | { readonly kind: 'prefill' | 'decode'; readonly count: number }
  | { readonly kind: 'unload' | 'memory' };

export interface Cost {
  readonly wall: number;
  readonly processor: number;
  /** The token chosen after a text was read. */
  readonly token?: number;
}

/** What is counted: seconds of the processor, or by the clock on the wall. */
export type Clock = 'processor' | 'wall';

export async function costOf(work: () => Promise<unknown>): Promise<Record<Clock, number>> {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1e3, processor: (user + system) / 1e6 };
}

export interface Memory {
  /** Bytes that only this process holds. */
  readonly private: number;
  /** Bytes of files that are mapped: any number of processes hold them once. */
  readonly shared: number;
}

/** Token ids that both sides read: any will do where the weights are random. */
export function textOf(count: number, vocabulary: number): number[] {
  return Array.from({ length: count }, (_, i) => 300 + ((i * 7919) % (vocabulary - 400)));
}
