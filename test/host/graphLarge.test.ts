import { equal, match, ok } from 'node:assert/strict';
import { mostGraphBytes } from '../../src/core/interchange/format';
import { largeGraph } from '../unit/support/largeGraph';
import { eventually, Session } from './session';

describe('a graph of a hundred megabytes', function () {
  this.timeout(180_000);
  const session = new Session();
  before(() => session.start());
  after(() => session.end());

  it('is opened whole, in a few times its size of memory', async () => {
    const text = largeGraph(mostGraphBytes - 1e6);
    ok(text.length > 90e6 && text.length <= mostGraphBytes, `${text.length}`);
    session.world.files.set('file:///workspace/large.json', text);
    const before = process.memoryUsage().rss;
    await session.world.run('whence.openGraph', 'file:///workspace/large.json');
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
