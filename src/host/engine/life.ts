import type { ChildProcess } from 'node:child_process';
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { asWhenceError, WhenceError } from '../../core/errors';
import type { ModelInfo } from '../../core/model';
import {
  type InitializeParams,
  type ParamsOf,
  protocolVersion,
  type Question,
  type ResultOf,
} from '../../core/protocol';
import type { EngineConnection, EngineNotification } from './connection';
import { type Ending, Interrupted } from './ending';
import type { EngineLog } from './log';
import type { EngineState } from './state';

/** What the engine is started with. */
export interface EngineSettings extends Omit<InitializeParams, 'protocolVersion'> {
  /** Absolute path of the model that answers. */
  readonly model: string;
}

/** Parameters as the asker gives them: which stream they belong to is settled here. */
export type AskParams<N extends Question> = Omit<ParamsOf<N>, 'stream'>;

export interface LifeOptions {
  /** Starts the process. */
  readonly fork: () => ChildProcess;
  readonly settings: EngineSettings;
  readonly log: EngineLog;
  /** Called at every change of `state`. */
  readonly changed: () => void;
  /** Called once, before the questions under way are rejected with Interrupted. */
  readonly ended: (ending: Ending) => void;
}

/** A load under way or done, for everybody who asked for it and has not withdrawn. */
interface Load {
  readonly controller: AbortController;
  readonly model: Promise<ModelInfo>;
  askers: number;
}

/** One process of the engine from its start to its end: handshake, the model, questions, and what it is doing. */
export class EngineLife {
  /** Fulfilled after the handshake. */
  readonly opened: Promise<void>;
  readonly #options: LifeOptions;
  /** From the moment that there is a process. */
  #connection: EngineConnection | null = null;
  #killed = false;
  /** Whether anything was asked after the handshake; until then it is starting, so that nothing flickers. */
  #used = false;
  #load: Load | null = null;
  #loadMessage: string | null = null;
  #model: ModelInfo | null = null;
  #problem: WhenceError | null = null;
  #questions = 0;
  #streams = 0;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.opened = this.#open();
  }

  get state(): EngineState {
    const pid = this.#connection?.pid ?? 0;
    if (!this.#used) return { phase: 'starting' };
    if (this.#problem) return { phase: 'failed', error: this.#problem };
    if (this.#load && !this.#model) {
      return { phase: 'loading', path: this.#options.settings.model, message: this.#loadMessage };
    }
    if (this.#questions === 0) return { phase: 'ready', model: this.#model, pid };
    return { phase: 'busy', model: this.#model, pid, questions: this.#questions };
  }

  /**
   * The model, loaded by the first who asks, for all who ask. Loading stops when all of them have withdrawn. A load that
   * failed is forgotten: the next question tries again.
   */
  model(token?: CancellationToken): Promise<ModelInfo> {
    this.#used = true;
    this.#load ??= this.#startLoad();
    const load = this.#load;
    load.askers += 1;
    const subscription = token?.onCancellationRequested(() => {
      load.askers -= 1;
      if (load.askers > 0) return;
      load.controller.abort();
      if (this.#load === load && !this.#model) this.#load = null;
    });
    const done = () => subscription?.dispose();
    load.model.then(done, done);
    return load.model;
  }

  async ask<N extends Question>(
    name: N,
    params: AskParams<N>,
    token: CancellationToken | undefined,
    listener: ((notification: EngineNotification) => void) | undefined,
  ): Promise<ResultOf<N>> {
    this.#used = true;
    this.#questions += 1;
    this.#options.changed();
    try {
      // The one place where the compiler cannot follow that Omit<P, 'stream'> with a stream is P again.
      const streamed = { ...params, stream: this.#nextStream() } as unknown as ParamsOf<N>;
      return await this.#alive.request(name, streamed, { token, listener });
    } finally {
      this.#questions -= 1;
      this.#options.changed();
    }
  }

  kill(): void {
    this.#killed = true;
    this.#connection?.kill();
  }

  async #open(): Promise<void> {
    // Half of the extension's code is the connection's: it is read with the first question, not at activation.
    const { EngineConnection } = await import('./connection');
    if (this.#killed) throw new Interrupted({ how: 'asked', description: 'before it began' });
    const { fork, log, ended } = this.#options;
    this.#connection = new EngineConnection(fork(), log, ended);
    const { model: _, ...settings } = this.#options.settings;
    const answer = await this.#connection.request('initialize', { protocolVersion, ...settings });
    if (answer.protocolVersion !== protocolVersion) throw versionMismatch(answer.protocolVersion);
    log.info(`The engine runs as process ${answer.pid}.`);
  }

  #startLoad(): Load {
    const controller = new AbortController();
    const load: Load = { controller, askers: 0, model: this.#loadModel(controller.signal) };
    const forget = () => {
      if (this.#load === load) this.#load = null;
      this.#options.changed();
    };
    load.model.then(this.#options.changed, forget);
    // Not before the caller has noted that a load is under way, or the state would not say so.
    queueMicrotask(this.#options.changed);
    return load;
  }

  async #loadModel(signal: AbortSignal): Promise<ModelInfo> {
    const { settings, log, changed } = this.#options;
    this.#problem = null;
    const listener = (notification: EngineNotification) => {
      if (notification.name !== 'progress') return;
      this.#loadMessage = notification.params.message;
      changed();
    };
    try {
      const params = { path: settings.model, stream: this.#nextStream() };
      this.#model = await this.#alive.request('model/load', params, { token: tokenOf(signal), listener });
      log.info(`Loaded ${this.#model.id} (${this.#model.parameters} parameters) from ${this.#model.path}.`);
      return this.#model;
    } catch (thrown) {
      if (!signal.aborted && !(thrown instanceof Interrupted)) this.#problem = asWhenceError(thrown);
      throw thrown;
    } finally {
      this.#loadMessage = null;
    }
  }

  /** The connection, which every question finds there, because it waited for `opened`. */
  get #alive(): EngineConnection {
    if (this.#connection) return this.#connection;
    throw new Interrupted({ how: 'asked', description: 'before it began' });
  }

  #nextStream(): number {
    this.#streams += 1;
    return this.#streams;
  }
}

function tokenOf(signal: AbortSignal): CancellationToken {
  return {
    get isCancellationRequested() {
      return signal.aborted;
    },
    onCancellationRequested: (listener) => {
      const abort = () => listener(undefined);
      signal.addEventListener('abort', abort);
      return { dispose: () => signal.removeEventListener('abort', abort) };
    },
  };
}

/** Happens when the extension was updated while its old version still runs in an open window. */
function versionMismatch(engine: number): WhenceError {
  const message = `The engine speaks version ${engine} of Whence's protocol, this window version ${protocolVersion}, as happens after an update of the extension. Reload the window.`;
  return new WhenceError('engine-stopped', message);
}
