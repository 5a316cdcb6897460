import { strict as assert } from 'node:assert';
import { type ChildProcess, fork } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { ErrorCode, WhenceError } from '../../src/core/errors';
import type { ScoredToken } from '../../src/core/generation';
import type { TracedCircuit } from '../../src/core/traced';
import { forkEngine } from '../../src/host/engine/fork';
import { enginesOf, measureActivation } from './support/activation';
import { embedded, forkWith, generation, isAlive, pause, TestEngine, waitFor } from './support/engine';

const modelFiles = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];

const failsWith = (code: ErrorCode, words: RegExp) => (error: WhenceError) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

/** The embedded model with so many bytes of zeros behind its weights, in a tensor that nothing uses. */
async function largeModel(folder: string, bytes: number): Promise<void> {
  for (const file of modelFiles) await copyFile(join(embedded, file), join(folder, file));
  const weights = await readFile(join(embedded, 'model.safetensors'));
  const headerEnd = 8 + Number(weights.readBigUInt64LE());
  const header = JSON.parse(weights.toString('utf8', 8, headerEnd));
  const data = weights.subarray(headerEnd);
  header.unused = { dtype: 'F32', shape: [bytes / 4], data_offsets: [data.length, data.length + bytes] };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = join(folder, 'model.safetensors');
  await writeFile(file, Buffer.concat([length, text, data]));
  await truncate(file, 8 + text.length + data.length + bytes);
}

describe('the engine under the management of the extension', function () {
  this.timeout(30_000);
  let engine: TestEngine;

  afterEach(async () => assert.deepEqual(await engine.dispose(), [], 'no process is left'));

  it('starts nothing before the first question, then goes through its states to the answer', async () => {
    engine = await TestEngine.create();
    assert.deepEqual(engine.process.state, { phase: 'stopped' });
    await pause(50);
    assert.deepEqual(engine.pids, []);
    const result = await engine.process.request('generate', generation);
    assert.equal(result.stop, 'token-limit');
    assert.deepEqual(engine.phases, ['starting', 'loading', 'ready', 'busy', 'ready']);
    const { state } = engine.process;
    assert.ok(state.phase === 'ready' && state.model?.path === embedded && isAlive(state.pid));
    assert.equal(engine.pids.length, 1);
  });

  // Where processes can be listed.
  if (process.platform === 'linux') {
    it('costs nothing to make, and is found among the processes once it runs', async () => {
      const cost = await measureActivation(async () => {
        engine = await TestEngine.create();
      });
      assert.deepEqual(cost.engines, []);
      await engine.process.load();
      assert.deepEqual(enginesOf(process.pid), engine.pids);
    });
  }

  it('streams the tokens of a generation as they come', async () => {
    engine = await TestEngine.create();
    const tokens: ScoredToken[] = [];
    let answered = false;
    const result = await engine.process
      .request('generate', generation, {
        onNotification: (notification) => {
          assert.equal(notification.name, 'generate/token');
          assert.equal(answered, false);
          if (notification.name === 'generate/token') tokens.push(notification.params.token);
        },
      })
      .finally(() => {
        answered = true;
      });
    assert.deepEqual(tokens, result.generated);
  });

  it('shows an explanation before its check, then the checked one', async () => {
    engine = await TestEngine.create();
    const { prompt, generated } = await engine.process.request('generate', generation);
    const ids = [...prompt, ...generated].map(({ id }) => id);
    const early: unknown[] = [];
    const params = { ids, position: prompt.length, target: null, contrast: null, verify: true };
    const explanation = await engine.process.request('explain', params, {
      onNotification: ({ name, params }) => name === 'explain/attributed' && early.push(params.explanation),
    });
    assert.ok(explanation.verification);
    assert.deepEqual(early, [{ ...explanation, verification: null, recall: null }]);
  });

  it('streams a circuit as it grows, the best parts first, and leaves the last one to whoever stops it', async () => {
    engine = await TestEngine.create();
    const { prompt } = await engine.process.request('generate', { ...generation, maxTokens: 1 });
    const ids = prompt.map(({ id }) => id);
    const params = { ids, position: ids.length, target: null, contrast: null, mass: null, nodes: 4000 };
    const grown: TracedCircuit[] = [];
    const progress: (number | null)[] = [];
    const source = new CancellationTokenSource();
    const stopped = engine.process.request(
      'trace',
      { ...params, heads: 'nodes' },
      {
        token: source.token,
        onNotification: (notification) => {
          if (notification.name === 'progress') progress.push(notification.params.fraction);
          if (notification.name !== 'trace/grown') return;
          grown.push(notification.params.circuit);
          if (notification.params.circuit.parts > 20) source.cancel();
        },
      },
    );
    await assert.rejects(stopped, { code: 'cancelled' });
    assert.ok(progress.length > 1 && progress.at(-1)! < 1);
    assert.deepEqual(
      progress,
      progress.toSorted((a, b) => a! - b!),
    );
    const { parts, document, checks, complete } = grown.at(-1)!;
    assert.ok(parts < params.nodes);
    assert.ok(checks.length > 0 && checks.every(({ holds }) => holds) && !complete);
    assert.equal(document.graph.nodes.filter(({ kind }) => kind === 'logit').length, 1);
    assert.ok(document.graph.edges.weights instanceof Float64Array, 'typed arrays pass whole');
    const few = await engine.process.request('trace', { ...params, nodes: 20, heads: 'nodes' });
    const names = new Set(document.graph.nodes.map(({ id }) => id));
    const missing = few.document.graph.nodes.filter(({ id, kind }) => kind !== 'error' && !names.has(id));
    assert.deepEqual(missing, [], 'what a small circuit has, a large one had early');
  });

  it('answers many questions that come at once, also while it is loading, from one process', async () => {
    engine = await TestEngine.create();
    const { process } = engine;
    const range = { start: 0, end: 40 };
    const first = process.request('generate', { ...generation, maxTokens: 8 });
    const rest = Array.from({ length: 6 }, (_, index) =>
      index % 2 === 0
        ? process.request('generate', { ...generation, maxTokens: 8 })
        : process.request('score', { text: generation.text, language: 'python', range }),
    );
    await waitFor(() => process.state.phase === 'loading', 5000);
    const whileLoading = process.request('generate', { ...generation, maxTokens: 8 });
    const answers = await Promise.all([...rest, whileLoading]);
    const expected = await first;
    for (const answer of answers) if ('generated' in answer) assert.deepEqual(answer, expected);
    assert.equal(engine.pids.length, 1);
    assert.ok(engine.states.some((state) => state.phase === 'busy' && state.questions > 1));
  });

  it('lets go of a withdrawn question at once, and is free for the next one soon after', async () => {
    engine = await TestEngine.create();
    const { process } = engine;
    const { prompt, generated } = await process.request('generate', { ...generation, maxTokens: 200 });
    const ids = [...prompt, ...generated].map(({ id }) => id);
    const explain = { ids, position: ids.length - 1, target: null, contrast: null, verify: true };
    for (const ask of [
      (source: CancellationTokenSource, onNotification: () => void) =>
        process.request(
          'generate',
          { ...generation, maxTokens: 400 },
          { token: source.token, onNotification },
        ),
      (source: CancellationTokenSource, onNotification: () => void) =>
        process.request('explain', explain, { token: source.token, onNotification }),
    ]) {
      const source = new CancellationTokenSource();
      let late = 0;
      const asking = ask(source, () => {
        late += source.token.isCancellationRequested ? 1 : 0;
      });
      await pause(30);
      const start = performance.now();
      source.cancel();
      await assert.rejects(asking, failsWith('cancelled', /withdrawn/));
      assert.ok(performance.now() - start < 50, 'the asker does not wait for the engine');
      await waitFor(() => process.state.phase === 'ready', 300);
      assert.equal(late, 0, 'nothing is heard of a withdrawn question');
    }
  });

  it('takes two megabytes of text, binary text and half characters, and says what it left out', async () => {
    engine = await TestEngine.create();
    const large = `${generation.text}\n`.repeat(2 ** 21 / generation.text.length);
    const { truncation } = await engine.process.request('generate', { ...generation, text: large });
    assert.ok(truncation && truncation.characters > 0.9 * large.length);
    const odd = Array.from({ length: 300 }, (_, i) => String.fromCharCode((i * 7919) % 65536)).join('');
    const { text } = await engine.process.request('generate', { ...generation, text: `${odd}\ud83d` });
    assert.equal(typeof text, 'string');
    const range = { start: 0, end: odd.length };
    const { scored } = await engine.process.request('score', { text: odd, language: null, range });
    assert.ok(scored.length > 0);
    await assert.rejects(
      engine.process.request('score', { text: '', language: null, range: { start: 0, end: 0 } }),
      failsWith('bad-input', /empty/),
    );
  });

  it('stops loading when all who asked have withdrawn, and not before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whence-large-'));
    await largeModel(folder, 2 ** 28);
    engine = await TestEngine.create({ settings: { model: folder } });
    const { process } = engine;
    const sources = [new CancellationTokenSource(), new CancellationTokenSource()];
    const refused = sources.map(({ token }) =>
      assert.rejects(process.load(token), failsWith('cancelled', /withdrawn/)),
    );
    await waitFor(() => process.state.phase === 'loading', 5000);
    sources[0]?.cancel();
    await pause(50);
    assert.equal(process.state.phase, 'loading');
    sources[1]?.cancel();
    await Promise.all(refused);
    await waitFor(() => process.state.phase === 'ready', 300);
    assert.deepEqual(process.state, { phase: 'ready', model: null, pid: engine.pids[0] });
    assert.equal((await process.load()).path, folder);
    await rm(folder, { recursive: true });
  });

  it('starts nothing for a question that was withdrawn before it was asked', async () => {
    engine = await TestEngine.create();
    const source = new CancellationTokenSource();
    source.cancel();
    await assert.rejects(
      engine.process.request('generate', generation, { token: source.token }),
      failsWith('cancelled', /withdrawn/),
    );
    assert.deepEqual(engine.pids, []);
  });

  it('ends when idle and starts again at the next question', async () => {
    engine = await TestEngine.create({ settings: { idleSeconds: 0.3 } });
    const first = await engine.process.request('generate', generation);
    await waitFor(() => engine.process.state.phase === 'stopped', 3000);
    assert.equal(isAlive(engine.pids[0] ?? 0), false);
    assert.deepEqual(await engine.process.request('generate', generation), first);
    assert.equal(engine.pids.length, 2);
    assert.ok(!engine.log.some((line) => line.includes('crashed')));
  });

  it('does not take work for idleness', async () => {
    engine = await TestEngine.create({ settings: { idleSeconds: 0.05 } });
    await engine.process.request('generate', { ...generation, maxTokens: 200 });
    assert.equal(engine.pids.length, 1);
  });

  it('reads its settings again after it was stopped, and rejects what was under way', async () => {
    const settings = { model: embedded };
    engine = await TestEngine.create({ settings });
    const asking = engine.process.request('generate', { ...generation, maxTokens: 400 });
    await waitFor(() => engine.process.state.phase === 'busy', 5000);
    settings.model = '/nowhere/at/all';
    engine.process.stop();
    assert.deepEqual(engine.process.state, { phase: 'stopped' });
    await assert.rejects(asking, failsWith('engine-stopped', /stopped before it answered/));
    await assert.rejects(engine.process.load(), failsWith('model-missing', /nowhere/));
  });

  it('refuses questions after it was disposed', async () => {
    engine = await TestEngine.create();
    engine.process.dispose();
    await assert.rejects(engine.process.load(), failsWith('engine-stopped', /being closed/));
  });

  it('gives up with a sentence when there is no engine to start, and asks for no miracle', async () => {
    const starts: (() => ChildProcess)[] = [
      () => forkEngine(join(tmpdir(), 'whence-nowhere', 'server.js')),
      () => forkEngine(join(embedded, 'server.js')),
      () => fork(embedded, [], { execPath: join(embedded, 'node'), serialization: 'advanced' }),
    ];
    for (const start of starts) {
      engine = await TestEngine.create({ fork: start });
      await assert.rejects(engine.process.load(), failsWith('engine-stopped', /ended twice .*Show Log/));
      assert.equal(engine.children.length, 2);
      await engine.dispose();
    }
  });

  it('refuses an engine of another version, and tries again only when told to', async () => {
    // A preload that lets the engine be asked in another version of the protocol.
    const folder = await mkdtemp(join(tmpdir(), 'whence-version-'));
    const preload = join(folder, 'older.cjs');
    await writeFile(
      preload,
      `const { emit } = process;
       process.emit = function (name, message, ...rest) {
         if (message?.params?.protocolVersion) message.params.protocolVersion = 0;
         return emit.call(this, name, message, ...rest);
       };`,
    );
    engine = await TestEngine.create({ fork: () => forkWith('--require', preload) });
    for (let time = 0; time < 2; time++) {
      await assert.rejects(engine.process.load(), failsWith('engine-stopped', /Reload the window/));
    }
    assert.equal(engine.process.state.phase, 'failed');
    assert.equal(engine.pids.length, 1);
    await assert.rejects(engine.process.restart(), failsWith('engine-stopped', /Reload the window/));
    assert.equal(engine.pids.length, 2);
    await rm(folder, { recursive: true });
  });

  describe('with a model that cannot be loaded', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'whence-model-'));
      for (const file of modelFiles) await copyFile(join(embedded, file), join(folder, file));
      engine = await TestEngine.create({ settings: { model: folder } });
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    const cases: readonly [string, ErrorCode, RegExp, () => Promise<void>][] = [
      ['is not there', 'model-missing', /whence-model-/, () => rm(folder, { recursive: true })],
      ['has no weights', 'model-missing', /safetensors/, () => rm(join(folder, 'model.safetensors'))],
      [
        'is truncated',
        'model-broken',
        /model\.safetensors/,
        () => truncate(join(folder, 'model.safetensors'), 1e6),
      ],
      [
        'has an unknown architecture',
        'model-unsupported',
        /PerceiverForever/,
        async () => {
          const config = JSON.parse(await readFile(join(embedded, 'config.json'), 'utf8'));
          const changed = {
            ...config,
            architectures: ['PerceiverForeverLM'],
            model_type: 'perceiver_forever',
          };
          await writeFile(join(folder, 'config.json'), JSON.stringify(changed));
        },
      ],
    ];
    for (const [what, code, words, damage] of cases) {
      it(`says so when it ${what}, and loads it once it is mended`, async () => {
        await damage();
        for (let time = 0; time < 2; time++) {
          await assert.rejects(engine.process.request('generate', generation), failsWith(code, words));
        }
        const { state } = engine.process;
        assert.ok(state.phase === 'failed' && state.error.code === code);
        assert.equal(engine.pids.length, 1, 'a bad model is no crash');
        await mkdir(folder, { recursive: true });
        for (const file of modelFiles) await copyFile(join(embedded, file), join(folder, file));
        const { stop } = await engine.process.request('generate', generation);
        assert.equal(stop, 'token-limit');
        assert.equal(engine.process.state.phase, 'ready');
      });
    }
  });
});

describe('a window that is killed', function () {
  this.timeout(30_000);

  it('takes the engine with it, whatever that was doing', async () => {
    for (const delay of [0, 60, 150, 300, 900]) {
      const parent = fork(resolve('out/test/engine/support/parent.js'), [], { execArgv: [] });
      const pid = await new Promise<number>((tell) =>
        parent.once('message', (message) => tell(Number(message))),
      );
      assert.ok(isAlive(pid));
      await pause(delay);
      parent.kill('SIGKILL');
      const took = await waitFor(() => !isAlive(pid), 5000);
      assert.ok(took < 1000, `after ${delay} ms of work it took ${Math.round(took)} ms`);
    }
  });
});
