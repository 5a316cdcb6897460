import { equal, match, ok } from 'node:assert/strict';
import { cart, eventually, placeCursor, Session } from './session';

describe('Complete Here', function () {
  this.timeout(120_000);
  let session: Session;
  beforeEach(() => {
    session = new Session().start();
  });
  afterEach(() => session.end());

  it('starts nothing before the first question', () => {
    equal(session.world.status?.text, '◎ Whence');
    match(session.world.status?.tooltip?.value ?? '', /nothing is loaded until you ask/);
    equal(session.world.log.length, 0);
  });

  it('writes at the cursor, puts a bar before the lines and keeps a record', async () => {
    const editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    const text = editor.document.getText();
    ok(text.startsWith(cart) && text.length > cart.length, text);
    const lines = editor.rendered.split('\n');
    const first = cart.split('\n').length - 1;
    lines.forEach((line, i) => {
      const written = i >= first && text.split('\n')[i]!.trim() !== '';
      equal(line[0], written ? '▏' : ' ', `line ${i + 1} of\n${editor.rendered}`);
    });
    const title = text.slice(cart.length).split('\n')[0]!.trim();
    equal(await session.tree(), `${title} (cart.py)`);
    equal(session.world.messages.length, 0);
    equal(editor.document.offsetAt(editor.selection.active), text.length, 'the cursor stands behind it');
  });

  it('can be undone in one step, which leaves no token fresh, and redone by undoing that', async () => {
    const editor = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    const written = editor.document.getText();
    const place = editor.document.positionAt(cart.length);
    editor.document.undo();
    equal(editor.document.getText(), cart);
    ok(!editor.rendered.includes('▏'));
    editor.document.apply([
      { range: editor.document.rangeOf('self.total = self.total + price'), text: 'pass' },
    ]);
    editor.document.undo();
    placeCursor(editor, place);
    editor.document.apply([{ range: editor.selection, text: written.slice(cart.length) }]);
    ok(editor.rendered.includes('▏'), 'the same text at the same place is what the model wrote');
  });

  it('writes in TypeScript too, into a file with CRLF line ends', async () => {
    const source =
      'export function total(prices: number[]): number {\r\n  let sum = 0;\r\n  for (const price of prices) {\r\n    ';
    const editor = session.open('total.ts', source, 'typescript');
    await session.world.run('whence.completeHere');
    const text = editor.document.getText();
    ok(text.startsWith(source) && text.length > source.length);
    ok(!/[^\r]\n/.test(text), 'every line end is the file’s own');
    const line = source.split('\r\n').length - 1;
    equal(editor.rendered.split('\n')[line]![0], '▏', editor.rendered);
    editor.document.setEol('\n');
    equal(editor.rendered.split('\n')[line]![0], '▏', 'other line ends change no token');
  });

  it('continues a word that is half there', async () => {
    const text = `${cart}total = 0\n\n    def grow(self, price):\n        self.tot`;
    const editor = session.open('cart.py', text);
    await session.world.run('whence.completeHere');
    const written = editor.document.getText().slice(text.length);
    ok(/^\w*/.exec(written), written);
    const half = editor.document.positionAt(text.length - 1);
    match(
      (await session.hover(editor, half)) ?? '',
      /tot/,
      'the token that begins before the cursor is explained whole',
    );
  });

  it('does not double a bracket that the editor closed already', async () => {
    const before = `${cart}items.append(`;
    const editor = session.open('cart.py', `${before})\n`);
    placeCursor(editor, editor.document.positionAt(before.length));
    await session.world.run('whence.completeHere');
    const text = editor.document.getText();
    const line = text.slice(before.length - 'self.items.append('.length).split('\n')[0]!;
    match(line, /^self\.items\.append\([^()]+\)$/);
    match((await session.hover(editor, editor.document.positionAt(before.length))) ?? '', /— p 0/);
    editor.document.undo();
    equal(editor.document.getText(), `${before})\n`);
  });

  it('says so when its editor was closed meanwhile', async () => {
    session.open('cart.py', cart);
    const run = session.world.run('whence.completeHere');
    session.world.closeAll();
    await run;
    match(session.world.messages.join(), /^error: The editor was closed before the model had written/);
    equal(await session.tree(), '');
  });

  it('says what did not fit into the context', async () => {
    session.open('long.py', `${'value = value + 1\n'.repeat(400)}value`);
    await session.world.run('whence.completeHere');
    match(session.world.statusMessage, /first [\d,]+ characters \([\d,]+ tokens\) were left out/);
  });

  it('is withdrawn by typing, and says nothing then', async () => {
    const editor = session.open('cart.py', cart);
    const run = session.world.run('whence.completeHere');
    editor.document.apply([{ range: editor.selection, text: 'x' }]);
    await run;
    equal(editor.document.getText(), `${cart}x`);
    equal(await session.tree(), '');
    equal(session.world.messages.length, 0);
  });

  it('is withdrawn by Cancel', async () => {
    const editor = session.open('cart.py', cart);
    const run = session.world.run('whence.completeHere');
    equal(session.world.context.get('whence.busy'), true);
    await session.world.run('whence.cancel');
    await run;
    equal(editor.document.getText(), cart);
    equal(session.world.context.get('whence.busy'), false);
  });

  it('tells in the status item what runs where', async () => {
    session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    const tooltip = await eventually(() => {
      const value = session.world.status?.tooltip?.value ?? '';
      return process.platform === 'win32' || value.includes('MB of memory') ? value : null;
    });
    match(tooltip, /whence\\-code/);
    match(tooltip, /million parameters in 4 layers, 512 tokens of context/);
    match(tooltip, /on this computer, on the processor, with fp32 precision/);
    match(session.world.status?.accessibilityInformation?.label ?? '', /ready, whence-code/);
  });
});
