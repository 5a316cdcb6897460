import { equal, match, ok } from 'node:assert/strict';
import type { ToCircuitPanel } from '../../src/core/circuitPanel';
import { mostGraphBytes } from '../../src/core/interchange/format';
import { circuitTracerFile } from '../unit/support/graphFiles';
import { largeGraph } from '../unit/support/largeGraph';
import type { FakePanel } from './fake/panel';
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
    let beats = 0;
    const beat = setInterval(() => beats++, 5);
    await session.world.run('whence.openGraph', 'file:///workspace/large.json');
    clearInterval(beat);
    // Read in the extension host's own thread, it would go on before and behind it only.
    ok(beats > 10, `the editor went on ${beats} times`);
    equal(session.world.messages.join(), '');
    const shown = await eventually(() => session.world.context.get('whence.hasCircuit') || null);
    ok(shown);
    const used = process.memoryUsage().rss - before;
    ok(used < 10 * text.length, `${Math.round(used / 1e6)} MB`);
  });

  it('is no longer read when another is opened', async () => {
    session.world.files.set('file:///workspace/other.json', JSON.stringify(circuitTracerFile));
    const { webview } = session.world.panels.at(-1) as FakePanel;
    webview.says({ type: 'ready' });
    await eventually(() => webview.sent.find((each) => (each as ToCircuitPanel).type === 'circuit') ?? null);
    const sent = webview.sent.filter((each) => (each as ToCircuitPanel).type === 'circuit').length;
    const large = session.world.run('whence.openGraph', 'file:///workspace/large.json');
    await session.world.run('whence.openGraph', 'file:///workspace/other.json');
    await large;
    equal(session.world.messages.join(), '');
    const shown = await eventually(() => {
      const circuits = (webview.sent as ToCircuitPanel[]).filter((each) => each.type === 'circuit');
      return circuits.length > sent ? circuits.at(-1)! : null;
    });
    match(shown.circuit.notes[0]!, /From other\.json/);
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
