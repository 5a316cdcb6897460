import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Ask, Clock, Cost, Memory } from './runner';

/** A process that holds a model, and what it was measured to do: the least seconds a token, or in all. */
export class Side {
  readonly seconds = new Map<string, number>();
  /** The tokens chosen after the texts that were read. */
  readonly choices: number[] = [];
  memory: Memory = { private: Number.NaN, shared: Number.NaN };
  private readonly child: ChildProcess;

  /** @param clock what counts: seconds of the processor, or by the clock on the wall */
  constructor(
    program: 'ours' | 'llama',
    args: readonly string[],
    private readonly clock: Clock,
  ) {
    this.child = fork(join(__dirname, 'support', 'speed', `${program}.js`), args);
  }

  /** Has something done and keeps what it cost, where it cost less than before. */
  async measure(what: string, ask: Exclude<Ask, { kind: 'memory' }>, count = 1): Promise<Cost> {
    const cost = (await this.ask(ask)) as Cost;
    const seconds = cost[this.clock] / count;
    this.seconds.set(what, Math.min(seconds, this.seconds.get(what) ?? Number.POSITIVE_INFINITY));
    return cost;
  }

  async weigh(): Promise<void> {
    this.memory = (await this.ask({ kind: 'memory' })) as Memory;
  }

  end(): Promise<void> {
    const ended = new Promise<void>((done) => this.child.once('exit', () => done()));
    this.child.disconnect();
    return ended;
  }

  ask(ask: Ask): Promise<Cost | Memory> {
    return new Promise((done, failed) => {
      const ended = (code: number | null) => failed(new Error(`The process ended with ${code}.`));
      this.child.once('exit', ended);
      this.child.once('message', (message: { result: Cost | Memory; error?: string }) => {
        this.child.off('exit', ended);
        if (message.error === undefined) done(message.result);
        else failed(new Error(message.error));
      });
      this.child.send(ask);
    });
  }
}
