import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  CancellationToken,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { WhenceError } from '../../core/errors';
import type {
  ErrorData,
  NotificationName,
  Notifications,
  ParamsOf,
  RequestName,
  ResultOf,
} from '../../core/protocol';
import { type Ending, Interrupted } from './ending';
import type { EngineLog } from './log';

/** A message of the engine about a question that is under way. */
export type EngineNotification = {
  [N in NotificationName]: { readonly name: N; readonly params: Notifications[N] };
}[NotificationName];

/** One life of the engine's process: typed requests to it, until it ends. */
export class EngineConnection {
  readonly #child: ChildProcess;
  readonly #rpc: MessageConnection;
  readonly #log: EngineLog;
  readonly #listeners = new Map<number, (notification: EngineNotification) => void>();
  #asked = false;
  #ending: Ending | null = null;

  /** `ended` is called once, before the questions under way are rejected. */
  constructor(child: ChildProcess, log: EngineLog, ended: (ending: Ending) => void) {
    this.#child = child;
    this.#log = log;
    const end = (description: string, exitCode: number | null) => {
      if (this.#ending) return;
      this.#ending = { how: this.#asked ? 'asked' : exitCode === 0 ? 'idle' : 'crashed', description };
      ended(this.#ending);
      this.#rpc.dispose();
    };
    child.once('exit', (code, signal) => end(signal ? `killed by ${signal}` : `exit code ${code}`, code));
    // Also emitted when a message could not be sent, after which `exit` follows; alone it means there is no process.
    child.on(
      'error',
      (error) => child.pid === undefined && end(`it could not be started: ${error.message}`, null),
    );
    // Without the channel it is of no use any more, and must not be left behind.
    child.once('disconnect', () => child.kill('SIGKILL'));
    for (const output of [child.stdout, child.stderr]) {
      if (output) createInterface({ input: output }).on('line', (line) => log.warn(line));
    }
    this.#rpc = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    this.#rpc.onNotification((name: string, params: object | unknown[] | undefined) => {
      const notification = { name, params } as EngineNotification;
      this.#listeners.get(notification.params.stream)?.(notification);
    });
    // A failed write is followed by the end of the process, which rejects the question; a bad message is only logged.
    this.#rpc.onError(([error]) => log.warn(`The connection to the engine reports: ${error.message}`));
    this.#rpc.listen();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Asks the engine. Rejects with the engine's WhenceError, or with Interrupted. When `token` is cancelled the engine is
   * told so, and its answer is then normally the error `cancelled`.
   */
  async request<N extends RequestName>(
    name: N,
    params: ParamsOf<N>,
    options: { token?: CancellationToken; listener?: (notification: EngineNotification) => void } = {},
  ): Promise<ResultOf<N>> {
    if (this.#ending) throw new Interrupted(this.#ending);
    const stream = streamOf(params);
    if (stream !== null && options.listener) this.#listeners.set(stream, options.listener);
    try {
      // An undefined third argument would count as a second parameter of the request.
      return await this.#rpc.sendRequest<ResultOf<N>>(name, params, options.token ?? CancellationToken.None);
    } catch (thrown) {
      throw this.#translate(name, thrown);
    } finally {
      if (stream !== null) this.#listeners.delete(stream);
    }
  }

  /** Ends the process for certain, at once. Nothing in it needs to be put away: its caches are written atomically. */
  kill(): void {
    this.#asked = true;
    this.#child.kill('SIGKILL');
  }

  #translate(name: RequestName, thrown: unknown): Error {
    if (this.#ending) return new Interrupted(this.#ending);
    if (!(thrown instanceof ResponseError)) return thrown as Error;
    const data = thrown.data as ErrorData | undefined;
    if (data?.stack) this.#log.error(`${name}: ${data.stack}`);
    return new WhenceError(data?.code ?? 'internal', thrown.message, { cause: data?.stack ?? undefined });
  }
}

function streamOf(params: unknown): number | null {
  return params !== null && typeof params === 'object' && 'stream' in params
    ? (params.stream as number)
    : null;
}
