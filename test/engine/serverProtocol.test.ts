import { strict as assert } from 'node:assert';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { ErrorCode, WhenceError } from '../../src/core/errors';
import { type InitializeParams, protocolVersion } from '../../src/core/protocol';
import { EngineConnection } from '../../src/host/engine/connection';
import { forkEngine } from '../../src/host/engine/fork';
import { embedded, forkWith, generation, isAlive, pause, server, waitFor } from './support/engine';

describe('the engine process', function () {
  this.timeout(20_000);
  let folder: string;
  const children: ChildProcess[] = [];
  const lines: string[] = [];

  beforeEach(async () => {
    lines.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'whence-server-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  function open(child = forkEngine(server)): EngineConnection {
    children.push(child);
    const write = (line: string) => lines.push(line);
    return new EngineConnection(child, { info: write, warn: write, error: write }, () => undefined);
  }

  const settings = (changes: Partial<InitializeParams> = {}): InitializeParams => ({
    protocolVersion,
    storage: folder,
    threads: 1,
    idleSeconds: 600,
    cacheBytes: 1e6,
    ...changes,
  });

  const failsWith = (code: ErrorCode, words: RegExp) => (error: WhenceError) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    assert.ok(!error.message.includes('\n'), 'one line for people');
    return true;
  };

  it('shakes hands, loads a model and describes it', async () => {
    const connection = open();
    const hello = await connection.request('initialize', settings());
    assert.deepEqual(hello, { protocolVersion, pid: children[0]?.pid });
    const model = await connection.request('model/load', { path: embedded, stream: 1 });
    assert.equal(model.path, embedded);
    assert.equal(model.architecture, 'LlamaForCausalLM');
    assert.match(model.sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(lines, [], 'and says nothing unasked');
  });

  it('refuses another version of the protocol with advice', async () => {
    const hello = open().request('initialize', settings({ protocolVersion: 99 }));
    await assert.rejects(hello, failsWith('engine-stopped', /version 99.*Reload the window/));
  });

  it('refuses questions before the handshake and before a model', async () => {
    const connection = open();
    const ask = () => connection.request('generate', { ...generation, stream: 1 });
    await assert.rejects(ask(), failsWith('bad-argument', /before initialize/));
    await connection.request('initialize', settings());
    await assert.rejects(ask(), failsWith('bad-argument', /No model is loaded/));
  });

  it('tells the segments of a text, before any model is there', async () => {
    const connection = open();
    await connection.request('initialize', settings());
    const text = 'if a:\n    b = 1\n';
    const { statement, identifier } = await connection.request('segments', { text, language: 'python' });
    const shown = (segments: typeof statement) =>
      segments.map(({ ranges }) => ranges.map(({ start, end }) => text.slice(start, end)).join(''));
    assert.deepEqual(shown(statement), ['if a:\n', '    b = 1\n']);
    assert.deepEqual(shown(identifier), ['if', 'a', 'b', '1']);
  });

  it('says in a sentence that the platform has no runtime, and stays there', async () => {
    const preload = join(folder, 'otherMachine.cjs');
    await writeFile(preload, `Object.defineProperty(process, 'arch', { value: 'mips' });`);
    const connection = open(forkWith('--require', preload));
    await connection.request('initialize', settings());
    const load = () => connection.request('model/load', { path: embedded, stream: 1 });
    await assert.rejects(load(), failsWith('platform-unsupported', /does not exist for \S+-mips/));
    await assert.rejects(load(), failsWith('platform-unsupported', /mips/));
  });

  it('works without a storage folder that can be written, and says so once', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const connection = open();
    await connection.request('initialize', settings({ storage: join(file, 'storage') }));
    await connection.request('model/load', { path: embedded, stream: 1 });
    const first = await connection.request('model/heads', { stream: 2 });
    const again = await connection.request('model/heads', { stream: 3 });
    assert.ok(first.length > 0);
    assert.deepEqual(again, first);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /cannot write to its storage folder \(.*ENOTDIR/);
  });

  it('reports progress of a measurement to the stream that asked', async () => {
    const connection = open();
    await connection.request('initialize', settings());
    await connection.request('model/load', { path: embedded, stream: 1 });
    const fractions: (number | null)[] = [];
    await connection.request(
      'model/heads',
      { stream: 7 },
      {
        listener: ({ name, params }) => {
          assert.equal(name, 'progress');
          assert.equal(params.stream, 7);
          if (name === 'progress') fractions.push(params.fraction);
        },
      },
    );
    assert.ok(fractions.length > 1);
    assert.equal(fractions.at(-1), 1);
  });

  it('lets a cancelled question leave the queue before its turn', async () => {
    const connection = open();
    await connection.request('initialize', settings());
    await connection.request('model/load', { path: embedded, stream: 1 });
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const long = connection
      .request('generate', { ...generation, maxTokens: 200, stream: 1 })
      .then(note('long'));
    const source = new CancellationTokenSource();
    const waiting = connection
      .request('generate', { ...generation, stream: 2 }, { token: source.token })
      .catch((error: WhenceError) => order.push(error.code));
    // Time to arrive in the engine's own queue.
    await pause(50);
    source.cancel();
    await Promise.all([long, waiting]);
    assert.deepEqual(order, ['cancelled', 'long']);
  });

  it('answers what it cannot do inside with a sentence, its trace only for the log', async () => {
    const connection = open();
    await connection.request('initialize', settings());
    await connection.request('model/load', { path: embedded, stream: 1 });
    const nonsense = { ...generation, stream: 1, sampling: null } as unknown as typeof generation & {
      stream: 1;
    };
    await assert.rejects(
      connection.request('generate', nonsense),
      failsWith('internal', /engine \(generate: /),
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^generate: TypeError.*\n\s+at /s);
  });

  it('ends when asked to, when idle and when the channel closes, and leaves no process', async () => {
    const shut = open();
    await shut.request('initialize', settings());
    await shut.request('shutdown', null);
    await waitFor(() => children[0]?.exitCode === 0, 2000);

    const idle = open();
    await idle.request('initialize', settings({ idleSeconds: 0.2 }));
    await waitFor(() => children[1]?.exitCode === 0, 2000);

    const forsaken = forkWith();
    children.push(forsaken);
    await new Promise((resolve) => forsaken.once('spawn', resolve));
    forsaken.disconnect();
    await waitFor(() => !isAlive(forsaken.pid ?? 0), 1000);
  });

  it('explains itself when it is started by hand', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [server], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /engine of the Whence extension/);
  });
});
