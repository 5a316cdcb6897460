import { equal, match, ok } from 'node:assert/strict';
import { scanned } from '../fixtures/scanned';
import type { TextEditor } from './fake/editor';
import { eventually, placeCursor, Session } from './session';

describe('scanning', function () {
  this.timeout(120_000);
  const session = new Session();
  let editor: TextEditor;

  before(() => {
    session.start();
    editor = session.open('cart.py', scanned);
  });
  after(() => session.end());

  it('marks a name that nothing supports, says how much it found, and keeps what can be asked about', async () => {
    await session.world.run('whence.scan');
    match(editor.rendered, /os\.unsupported\[frobnicate\]/);
    ok(!/unsupported\[(append|items|len)/.test(editor.rendered), editor.rendered);
    match(session.world.statusMessage, /^Whence: 1 name that nothing supports/);
    equal(session.world.context.get('whence.scanned'), true);
    const at = editor.document.positionAt(scanned.indexOf('frobnicate') + 1);
    const text = await eventually(async () => {
      const hover = await session.hover(editor, at);
      return hover?.includes('Not supported') ? hover : null;
    });
    match(text, /⚠ Not supported: ‘frobnicate/);
    equal(session.world.messages.join(''), '');
  });

  it('leaves out a name that stands in another file of the workspace with the same ending', async () => {
    const { files } = session.world;
    // Asked about for the first time after the other file is there.
    const at = editor.document.positionAt(scanned.indexOf('cate('));
    files.set('file:///workspace/shop.ts', 'frobnicate();');
    await session.world.run('whence.scan');
    ok(editor.rendered.includes('unsupported[frobnicate]'), 'TypeScript is no Python');
    files.set('file:///workspace/shop.py', 'def frobnicate(item): pass');
    await session.world.run('whence.scan');
    ok(!editor.rendered.includes('unsupported['), editor.rendered);
    const text = await session.fullHover(editor, at);
    ok(!text.includes('Not supported'), text);
    files.delete('file:///workspace/shop.py');
    files.delete('file:///workspace/shop.ts');
    await session.world.run('whence.scan');
  });

  it('clears its marks when told to, and when the text is another', async () => {
    await session.world.run('whence.clearMarks');
    ok(!editor.rendered.includes('unsupported['));
    await session.world.run('whence.scan');
    ok(editor.rendered.includes('unsupported['));
    const start = editor.document.positionAt(0);
    placeCursor(editor, start);
    editor.document.apply([{ range: editor.selection, text: '# typed\n' }]);
    ok(!editor.rendered.includes('unsupported['));
    equal(session.world.context.get('whence.scanned'), false);
  });

  const cases = [
    { what: 'a name that nothing has', name: 'frobnicate', below: '', marked: true },
    { what: 'one of the library', name: 'fwalk', below: '', marked: false },
    { what: 'one that is made below', name: 'frobnicate', below: '\nfrobnicate = print\n', marked: false },
  ];
  for (const { what, name, below, marked } of cases) {
    it(`says of ${what} what the hover says`, async () => {
      const code = scanned.replace('frobnicate', name) + below;
      const other = session.open(`${what}.py`, code);
      await session.world.run('whence.scan');
      equal(other.rendered.includes(`unsupported[${name}]`), marked, other.rendered);
      const end = other.document.positionAt(code.indexOf(name) + name.length - 1);
      const text = await session.fullHover(other, end);
      equal(text.includes(`Not supported: ‘${name}`), marked, text);
    });
  }
});
