import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { InferenceSession } from 'onnxruntime-node';
import { protocolVersion } from '../../src/core/protocol';
import { Engine } from '../../src/engine/server/engine';
import { WarmUp } from '../../src/engine/server/warmUp';
import { embeddedPath } from './support/embedded';

describe('what is done ahead of the first question', () => {
  it('waits until nobody has asked for a while, stops for a question, and goes on after it', async () => {
    const seen: string[] = [];
    const has = (word: string) => () => seen.includes(word);
    const warmUp = new WarmUp(async (signal) => {
      seen.push('begins');
      for (let step = 0; step < 20; step++) {
        if (signal.aborted) seen.push('stops');
        signal.throwIfAborted();
        await pause(20);
      }
      seen.push('ends');
    });
    const question = (milliseconds: number) => warmUp.during(() => pause(milliseconds));
    warmUp.want();
    const [long, short] = [question(400), question(50)];
    await short;
    await pause(300);
    assert.deepEqual(seen, [], 'not while a question is under way');
    await long;
    await question(10);
    assert.deepEqual(seen, [], 'nor at once');
    await until(has('begins'));
    await question(100);
    assert.deepEqual(seen, ['begins', 'stops']);
    await until(has('ends'));
    await question(10);
    await pause(400);
    assert.deepEqual(seen, ['begins', 'stops', 'begins', 'ends'], 'once');
  });

  it('makes the sessions of an explanation and its check after a pause, and none before', async function () {
    this.timeout(60_000);
    let made = 0;
    const { create } = InferenceSession;
    InferenceSession.create = ((...args: Parameters<typeof create>) => {
      made += 1;
      return create.apply(InferenceSession, args);
    }) as typeof create;
    try {
      const settings = { protocolVersion, storage: '', threads: 1, idleSeconds: 600, cacheBytes: 0 };
      const engine = new Engine(settings, () => undefined);
      const context = { signal: new AbortController().signal, notify: () => undefined };
      await engine.handlers['model/load']({ path: embeddedPath, stream: 1 }, context);
      assert.equal(made, 0);
      let before = 0;
      await until(() => {
        const settled = made > 0 && made === before;
        before = made;
        return settled;
      }, 1000);
      const ids = Array.from({ length: 60 }, (_, index) => 300 + (index % 7));
      const question = { ids, position: 50, target: null, contrast: null, verify: true, stream: 2 };
      await engine.handlers.explain(question, context);
      assert.equal(made, before);
      await engine.handlers.explain({ ...question, neurons: 3 }, context);
      assert.ok(made > before, 'what is not asked for as a rule is made when it is asked for');
    } finally {
      InferenceSession.create = create;
    }
  });
});

async function until(holds: () => boolean, every = 10): Promise<void> {
  while (!holds()) await pause(every);
}
