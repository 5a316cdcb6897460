import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { WhenceError } from '../../src/core/errors';
import { Queue } from '../../src/engine/server/queue';

/** Work that ends when told to. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue for the model', () => {
  it('lets one piece of work in at a time, in the order of asking', async () => {
    const queue = new Queue();
    const gates = [gate(), gate(), gate()];
    const seen: string[] = [];
    const all = gates.map(({ opened }, index) =>
      queue.run(async () => {
        seen.push(`in ${index}`);
        await opened;
        seen.push(`out ${index}`);
      }, never),
    );
    for (const { open } of [...gates].reverse()) open();
    await Promise.all(all);
    assert.deepEqual(seen, ['in 0', 'out 0', 'in 1', 'out 1', 'in 2', 'out 2']);
  });

  it('lets cancelled work leave at once, without its turn', async () => {
    const queue = new Queue();
    const first = gate();
    const running = queue.run(() => first.opened, never);
    const controller = new AbortController();
    let ran = false;
    const waiting = queue.run(async () => {
      ran = true;
    }, controller.signal);
    const third = queue.run(async () => 'third', never);
    controller.abort();
    await assert.rejects(waiting, (error) => error instanceof WhenceError && error.code === 'cancelled');
    first.open();
    await running;
    assert.equal(await third, 'third');
    assert.equal(ran, false);
  });

  it('refuses work that was cancelled before it came, and stays usable', async () => {
    const queue = new Queue();
    await assert.rejects(
      queue.run(async () => 1, AbortSignal.abort()),
      /withdrawn/,
    );
    assert.equal(await queue.run(async () => 2, never), 2);
  });

  it('goes on after work that threw, also at once', async () => {
    const queue = new Queue();
    const failing = queue.run(() => {
      throw new Error('broken');
    }, never);
    const next = queue.run(async () => 'next', never);
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 'next');
  });

  it('never runs two at a time, and loses none, whatever is cancelled when', async () => {
    const plan = fc.array(fc.record({ steps: fc.nat(4), cancelAfter: fc.option(fc.nat(12)) }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(plan, async (items) => {
        const queue = new Queue();
        let inside = 0;
        const results = items.map(async ({ steps, cancelAfter }) => {
          const controller = new AbortController();
          const work = queue.run(async () => {
            inside += 1;
            assert.equal(inside, 1);
            for (let step = 0; step < steps; step++) await settled();
            inside -= 1;
            return 'done';
          }, controller.signal);
          const outcome = work.catch((error: WhenceError) => error.code);
          for (let step = 0; step < (cancelAfter ?? 0); step++) await settled();
          if (cancelAfter !== null) controller.abort();
          return outcome;
        });
        for (const [index, outcome] of (await Promise.all(results)).entries()) {
          assert.ok(outcome === 'done' || (outcome === 'cancelled' && items[index]?.cancelAfter !== null));
        }
        assert.equal(await queue.run(async () => 'free', never), 'free');
      }),
      { numRuns: 60 },
    );
  });
});
