import type { ChildProcess } from 'node:child_process';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { asWhenceError, cancelled, WhenceError } from '../../core/errors';
import type { ModelInfo } from '../../core/model';
import type { Question, ResultOf } from '../../core/protocol';
import type { EngineNotification } from './connection';
import { Emitter, type Listen } from './emitter';
import { type Ending, Interrupted } from './ending';
import { type AskParams, EngineLife, type EngineSettings } from './life';
import type { EngineLog } from './log';
import { type RestartLimit, Restarts, restartLimit } from './restarts';
import { type EngineState, sameState } from './state';

export interface EngineOptions {
  /** Starts a process of dist/server.js: `() => forkEngine(path)`. */
  readonly fork: () => ChildProcess;
  /** Read at every start of the process; call `stop` when they changed. */
  readonly settings: () => EngineSettings;
  readonly log: EngineLog;
  readonly limit?: RestartLimit;
}

export interface AskOptions {
  readonly token?: CancellationToken;
  /** Hears of progress and of parts of the answer; never again after the question was withdrawn. */
  readonly onNotification?: (notification: EngineNotification) => void;
}

/**
 * The engine as the extension sees it. Its process is started by the first question and ends when idle; a crashed one is
 * started again and the question that it interrupted asked once more, for every question may be asked twice. Nothing of
 * `vscode` is in here, so that it is tested with the real engine.
 */
export class EngineProcess {
  readonly #options: EngineOptions;
  readonly #restarts: Restarts;
  readonly #changed = new Emitter<EngineState>();
  #state: EngineState = { phase: 'stopped' };
  #life: EngineLife | null = null;
  /** Why no process is started any more: too many crashes, or one that can never work. Until `restart`. */
  #blocked: WhenceError | null = null;
  #disposed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#restarts = new Restarts(options.limit ?? restartLimit);
  }

  get onDidChangeState(): Listen<EngineState> {
    return this.#changed.event;
  }

  get state(): EngineState {
    return this.#state;
  }

  /**
   * Asks the engine, which is started and given its model where necessary. Rejects with a WhenceError only; with
   * `cancelled` as soon as the token says so, while the engine is still being told.
   */
  request<N extends Question>(name: N, params: AskParams<N>, options: AskOptions = {}): Promise<ResultOf<N>> {
    const { token, onNotification } = options;
    const listener = onNotification && withoutRepeats(onNotification, token);
    return untilCancelled(token, () =>
      this.#persistently(async (life) => {
        if (name !== 'model/find') await life.model(token);
        if (token?.isCancellationRequested) throw cancelled();
        return life.ask(name, params, token, listener?.());
      }),
    );
  }

  /** Makes sure that the model is loaded, and describes it. */
  load(token?: CancellationToken): Promise<ModelInfo> {
    return untilCancelled(token, () => this.#persistently((life) => life.model(token)));
  }

  /** Ends the process, and with it the questions under way; the next one starts a process with the settings of its time. */
  stop(): void {
    const life = this.#life;
    this.#life = null;
    life?.kill();
    this.#update();
  }

  /** Ends the process, forgets what went wrong so far and starts another. */
  restart(): Promise<ModelInfo> {
    this.#restarts.forget();
    this.#blocked = null;
    this.stop();
    return this.load();
  }

  /** Ends the process for good. */
  dispose(): void {
    this.#disposed = true;
    this.stop();
    this.#changed.dispose();
  }

  /** Runs `work` with a living process, and once more when that process ended under it. */
  async #persistently<T>(work: (life: EngineLife) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const life = this.#alive();
        await life.opened;
        return await work(life);
      } catch (thrown) {
        if (!(thrown instanceof Interrupted)) throw asWhenceError(thrown);
        if (thrown.ending.how === 'asked')
          throw stopped('The engine was stopped before it answered. Ask again.');
        if (attempt === 2) {
          const story = `The engine ended twice while it worked on this (${thrown.ending.description}).`;
          throw stopped(`${story} Ask again; if that does not help, Whence: Show Log says more.`);
        }
      }
    }
  }

  #alive(): EngineLife {
    if (this.#disposed) throw stopped('Whence is being closed.');
    if (this.#blocked) throw this.#blocked;
    if (!this.#life) {
      this.#life = this.#start();
      this.#update();
    }
    return this.#life;
  }

  #start(): EngineLife {
    const { fork, settings, log } = this.#options;
    const life: EngineLife = new EngineLife({
      fork,
      settings: settings(),
      log,
      changed: () => this.#update(),
      ended: (ending) => this.#ended(life, ending),
    });
    life.opened.catch((thrown: unknown) => {
      // An engine that refuses the handshake will do so the next time as well.
      if (!(thrown instanceof Interrupted)) this.#block(asWhenceError(thrown));
    });
    return life;
  }

  #ended(life: EngineLife, ending: Ending): void {
    if (this.#life === life) this.#life = null;
    if (ending.how !== 'crashed') {
      this.#options.log.info(
        `The engine ended: ${ending.how === 'idle' ? 'it was idle' : 'it was asked to'}.`,
      );
    } else {
      this.#options.log.error(`The engine crashed: ${ending.description}.`);
      if (!this.#restarts.crashed()) {
        const story = `The engine crashed again and again (the last time: ${ending.description}), so it is left alone.`;
        this.#block(stopped(`${story} Whence: Show Log says more; Whence: Restart Engine tries again.`));
      }
    }
    this.#update();
  }

  #block(error: WhenceError): void {
    this.#blocked = error;
    this.#options.log.error(error.message);
    this.stop();
  }

  #update(): void {
    const state: EngineState = this.#blocked
      ? { phase: 'failed', error: this.#blocked }
      : (this.#life?.state ?? { phase: 'stopped' });
    if (sameState(state, this.#state)) return;
    this.#state = state;
    this.#changed.fire(state);
  }
}

function stopped(message: string): WhenceError {
  return new WhenceError('engine-stopped', message);
}

/** The promise of `work`, or the error `cancelled` the moment the token says so. */
async function untilCancelled<T>(token: CancellationToken | undefined, work: () => Promise<T>): Promise<T> {
  if (!token) return work();
  if (token.isCancellationRequested) throw cancelled();
  return new Promise<T>((resolve, reject) => {
    const subscription = token.onCancellationRequested(() => reject(cancelled()));
    work()
      .then(resolve, reject)
      .finally(() => subscription.dispose());
  });
}

/**
 * Makes a listener for each attempt at a question. The second attempt streams the same tokens again, for generation is
 * deterministic given its seed: those that were heard already are left out.
 */
function withoutRepeats(
  listener: (notification: EngineNotification) => void,
  token: CancellationToken | undefined,
): () => (notification: EngineNotification) => void {
  let heard = 0;
  return () => {
    let index = 0;
    return (notification) => {
      if (token?.isCancellationRequested) return;
      if (notification.name === 'generate/token') {
        index += 1;
        if (index <= heard) return;
        heard = index;
      }
      listener(notification);
    };
  };
}
