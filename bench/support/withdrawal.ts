import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { WhenceError } from '../../src/core/errors';
import type { BenchEngine } from './engine';
import type { Row } from './report';

/** Not the worst one: that says more about what else the machine was doing. */
const goal = { atMost: 150, percentile: 0.95 };

export type Ask = (
  engine: BenchEngine,
  options: { token?: CancellationTokenSource['token'] },
) => Promise<unknown>;

/**
 * Asks again and again and withdraws the question at a random moment of its first `duration` milliseconds; measures how long the engine
 * still works on it.
 */
export async function withdrawals(
  what: string,
  next: () => Promise<BenchEngine>,
  ask: Ask,
  { duration, rounds }: { readonly duration: number; readonly rounds: number },
): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; samples.length < rounds && round < 4 * rounds; round++) {
    const engine = await next();
    const source = new CancellationTokenSource();
    let withdrawn = Number.NaN;
    setTimeout(() => {
      withdrawn = performance.now();
      source.cancel();
    }, Math.random() * duration);
    const outcome = await ask(engine, { token: source.token }).catch((error: unknown) => error);
    // A question that was answered before it could be withdrawn says nothing.
    if (outcome instanceof WhenceError && outcome.code === 'cancelled')
      samples.push(performance.now() - withdrawn);
    else if (outcome instanceof Error) throw outcome;
  }
  return { what: `${what} (${Math.round(duration)} ms of work)`, unit: 'ms', samples, goal };
}
