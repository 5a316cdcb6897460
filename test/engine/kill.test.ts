import { strict as assert } from 'node:assert';
import type { WhenceError } from '../../src/core/errors';
import type { GenerateResult } from '../../src/core/generation';
import { code, generation, isAlive, pause, TestEngine, waitFor } from './support/engine';

const kills = 50;

describe('an engine that is killed', function () {
  this.timeout(300_000);
  let engine: TestEngine;
  afterEach(async () => assert.deepEqual(await engine.dispose(), [], 'no process is left'));

  /** The questions there are, each with what it takes to ask it again and again. */
  function questions(prompt: GenerateResult) {
    const ids = [...prompt.prompt, ...prompt.generated].map(({ id }) => id);
    const explain = { ids, position: prompt.prompt.length, target: null, contrast: null, verify: true };
    const score = { text: code, language: 'python', range: { start: 0, end: code.length } };
    return [
      { name: 'generate', restart: false, ask: () => engine.process.request('generate', generation) },
      { name: 'explain', restart: false, ask: () => engine.process.request('explain', explain) },
      { name: 'score', restart: false, ask: () => engine.process.request('score', score) },
      { name: 'load', restart: true, ask: () => engine.process.load() },
    ];
  }

  it(`${kills} times at random moments of real work answers every question all the same`, async () => {
    engine = await TestEngine.create({ limit: { most: Number.POSITIVE_INFINITY, withinMs: 1 } });
    const asked = questions(await engine.process.request('generate', generation));
    const expected = new Map<string, { readonly answer: unknown; readonly took: number }>();
    for (const { name, restart, ask } of asked) {
      if (restart) engine.process.stop();
      const start = performance.now();
      const answer = await ask();
      expected.set(name, { answer, took: performance.now() - start });
    }

    const interrupted = new Map<string, number>();
    for (let killed = 0; killed < kills; ) {
      const { name, restart, ask } = asked[killed % asked.length]!;
      const { answer, took } = expected.get(name)!;
      if (restart) engine.process.stop();
      let open = true;
      const asking = ask().finally(() => {
        open = false;
      });
      await pause(Math.random() * took);
      // Only a kill that interrupts work counts; the question may have been quicker than last time.
      if (open) {
        engine.crash();
        killed += 1;
        interrupted.set(name, (interrupted.get(name) ?? 0) + 1);
      }
      assert.deepEqual(await asking, answer, `${name} after kill ${killed}`);
      assert.deepEqual(await asked[2]!.ask(), expected.get('score')!.answer, 'the next question');
      await waitFor(() => engine.pids.filter(isAlive).length === 1, 1000);
    }
    assert.equal(engine.log.filter((line) => line.includes('crashed: killed by SIGKILL')).length, kills);
    assert.deepEqual([...interrupted.keys()].sort(), ['explain', 'generate', 'load', 'score']);
  });

  it('gives up a question under which it was killed twice, and answers the next', async () => {
    engine = await TestEngine.create();
    const long = { ...generation, maxTokens: 300 };
    const tokens: number[] = [];
    const asking = engine.process.request('generate', long, {
      onNotification: ({ name, params }) => name === 'generate/token' && tokens.push(params.token.id),
    });
    const refused = assert.rejects(asking, (error: WhenceError) => {
      assert.equal(error.code, 'engine-stopped');
      assert.match(error.message, /ended twice .*SIGKILL.*Show Log/);
      return true;
    });
    for (let time = 1; time <= 2; time++) {
      const heard = tokens.length;
      await waitFor(() => engine.pids.length === time && engine.process.state.phase === 'busy', 10_000);
      if (time === 1) await waitFor(() => tokens.length > heard + 10, 10_000);
      engine.crash();
      await waitFor(() => !isAlive(engine.pids[time - 1] ?? 0), 1000);
    }
    await refused;
    const { generated } = await engine.process.request('generate', long);
    assert.deepEqual(
      tokens,
      generated.slice(0, tokens.length).map(({ id }) => id),
      'no token was told twice',
    );
  });

  it('keeps telling of a generation where it was interrupted, each token once', async () => {
    engine = await TestEngine.create();
    const long = { ...generation, maxTokens: 200 };
    const tokens: number[] = [];
    const asking = engine.process.request('generate', long, {
      onNotification: ({ name, params }) => name === 'generate/token' && tokens.push(params.token.id),
    });
    await waitFor(() => tokens.length > 20, 10_000);
    engine.crash();
    const { generated } = await asking;
    assert.deepEqual(
      tokens,
      generated.map(({ id }) => id),
    );
    assert.equal(engine.pids.length, 2);
  });

  it('is restarted four times in three minutes, then only by the user', async () => {
    engine = await TestEngine.create();
    for (let crash = 1; crash <= 5; crash++) {
      await engine.process.load();
      assert.equal(engine.pids.length, crash);
      engine.crash();
      await waitFor(() => engine.process.state.phase !== 'ready', 1000);
    }
    const { state } = engine.process;
    assert.ok(state.phase === 'failed');
    assert.match(state.error.message, /crashed again and again.*SIGKILL.*Show Log.*Restart Engine/);
    await assert.rejects(engine.process.request('generate', generation), state.error);
    assert.equal(engine.pids.length, 5, 'and nothing was started for that');
    await engine.process.restart();
    assert.equal(engine.process.state.phase, 'ready');
    assert.equal(engine.pids.length, 6);
  });

  it('costs nobody anything when nothing was asked', async () => {
    engine = await TestEngine.create();
    await engine.process.load();
    engine.crash();
    await waitFor(() => engine.process.state.phase === 'stopped', 1000);
    await pause(100);
    assert.equal(engine.pids.length, 1, 'it is started by the next question, not before');
    await engine.process.load();
    assert.equal(engine.pids.length, 2);
  });
});
