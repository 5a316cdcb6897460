// The engine's process: src/host/engine forks it and speaks src/core/protocol.ts with it over the IPC channel. Standard
// output stays empty, standard error is the log. It ends when the channel closes, when idle, and when asked to.
import {
  type CancellationToken,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
} from 'vscode-jsonrpc/node';
import { WhenceError } from '../core/errors';
import {
  type InitializeParams,
  type InitializeResult,
  type ParamsOf,
  protocolVersion,
  type RequestName,
  type ResultOf,
} from '../core/protocol';
import { type Context, Engine, type Handlers } from './server/engine';
import { toResponseError } from './server/failure';
import { IdleTimer } from './server/idle';

/** Time for the last answer to leave the process. */
const farewellMilliseconds = 20;

function serve(): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const idle = new IdleTimer(() => process.exit(0));
  let engine: Engine | null = null;

  function answer<N extends RequestName>(
    name: N,
    handler: (params: ParamsOf<N>, context: Context) => Promise<ResultOf<N>>,
  ): void {
    connection.onRequest(name, (params: ParamsOf<N>, token: CancellationToken) =>
      idle.during(async () => {
        try {
          return await handler(params, { signal: signalOf(token), notify: notifier(params) });
        } catch (thrown) {
          return toResponseError(name, thrown);
        }
      }),
    );
  }

  /** Sends notifications with the stream that the request named. */
  function notifier(params: unknown): Context['notify'] {
    const { stream } = (params ?? {}) as { readonly stream?: number };
    return (name, rest) => {
      connection.sendNotification(name, { ...rest, stream }).catch(() => undefined);
    };
  }

  answer('initialize', async (params: InitializeParams): Promise<InitializeResult> => {
    if (params.protocolVersion !== protocolVersion) throw versionMismatch(params.protocolVersion);
    engine = new Engine(params, (sentence) => console.error(sentence));
    idle.start(params.idleSeconds);
    return { protocolVersion, pid: process.pid };
  });

  const answerByEngine = <N extends keyof Handlers>(name: N) =>
    answer(name, (params: ParamsOf<N>, context) => {
      if (!engine) throw new WhenceError('bad-argument', `${name} came before initialize.`);
      return engine.handlers[name](params, context);
    });
  answerByEngine('model/load');
  answerByEngine('model/find');
  answerByEngine('model/heads');
  answerByEngine('index/build');
  answerByEngine('index/discard');
  answerByEngine('index/status');
  answerByEngine('index/part');
  answerByEngine('index/names');
  answerByEngine('generate');
  answerByEngine('branch');
  answerByEngine('score');
  answerByEngine('explain');
  answerByEngine('paraphrase');
  answerByEngine('segments');
  answerByEngine('circuit/run');
  answerByEngine('audit/run');
  answerByEngine('intervene');
  answerByEngine('circuit/test');
  answerByEngine('steer/make');
  answerByEngine('trace');
  answerByEngine('whatIf');
  answerByEngine('whatIf/rank');
  answerByEngine('headScore');

  answer('shutdown', async () => {
    setTimeout(() => process.exit(0), farewellMilliseconds);
    return null;
  });

  // The window is gone, perhaps killed: nobody waits for an orderly end, and destructors of native code may hang.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  connection.listen();
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** Happens when the extension was updated while its old version still runs in an open window. */
function versionMismatch(asked: number): WhenceError {
  const message = `The engine speaks version ${protocolVersion} of Whence's protocol and was asked for version ${asked}, as happens when the extension was updated while a window was open. Reload the window.`;
  return new WhenceError('engine-stopped', message);
}

if (process.send) {
  serve();
} else {
  console.error(
    'This is the engine of the Whence extension, which starts it. On the command line use whence.',
  );
  process.exitCode = 2;
}
