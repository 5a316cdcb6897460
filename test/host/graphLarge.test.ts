import { equal, match, ok } from 'node:assert/strict';
import { mostGraphBytes } from '../../src/core/interchange/format';
import { largeGraph } from '../unit/support/largeGraph';
import { eventually, Session } from './session';

describe('a graph of a hundred megabytes', function () {
  this.timeout(600_000);
  const session = new Session();
  before(() => session.start());
  after(() => session.end());

  it('is opened whole, in a few times its size of memory, while the editor goes on', async () => {
    const text = largeGraph(mostGraphBytes - 1e6);
    ok(text.length > 90e6 && text.length <= mostGraphBytes, `${text.length}`);
    session.world.files.set('file:///workspace/large.json', text);
    const before = process.memoryUsage().rss;
    const beats: number[] = [];
    const beat = setInterval(() => beats.push(performance.now()), 5);
    const start = performance.now();
    await session.world.run('whence.openGraph', 'file:///workspace/large.json');
    const end = performance.now();
    clearInterval(beat);
    const times = [start, ...beats, end];
    const longest = Math.max(...times.slice(1).map((time, at) => time - times[at]!));
    ok(longest < (end - start) / 2, `stood still for ${longest} of ${end - start} ms`);
    equal(session.world.messages.join(), '');
    const shown = await eventually(() => session.world.context.get('whence.hasCircuit') || null);
    ok(shown);
    const used = process.memoryUsage().rss - before;
    ok(used < 10 * text.length, `${Math.round(used / 1e6)} MB`);
  });

  it('one byte above the limit is refused before it is read', async () => {
    session.world.files.set('file:///workspace/larger.json', ' '.repeat(mostGraphBytes + 1));
    await session.world.run('whence.openGraph', 'file:///workspace/larger.json');
    match(
      session.world.messages.join(),
      /larger\.json has 101 MB where 100 MB is the most that can be opened/,
    );
  });
});
