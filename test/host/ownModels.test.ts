import { equal, match, ok } from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { QuickPickItem } from 'vscode';
import { fillModel } from '../engine/support/fillModel';
import { eventually, placeCursor, Session } from './session';

const given = readFileSync(join('samples', 'cart.py'), 'utf8').trimEnd();
const behind = ')\n\n    def clear(self):\n        self.clear()\n\n    def size(self):\n        return self.';

/** The model has tokens for filling in the middle and computes with them, though it has not learnt what they mean. */
describe('models of one’s own', function () {
  this.timeout(60_000);
  let session: Session;
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'whence-own-'));
    fillModel(join('models', 'whence-code'), join(root, 'with-middle'));
    cpSync(join('test', 'fixtures', 'gguf', 'llama-q8.gguf'), join(root, 'tiny.gguf'));
    cpSync(join('test', 'fixtures', 'checkpoints', 'phi3'), join(root, 'no-tokenizer'), { recursive: true });
  });
  after(() => rmSync(root, { recursive: true }));
  beforeEach(() => {
    session = new Session().start((world) => world.settings.set('whence.modelFolders', [root]));
  });
  afterEach(() => session.end());

  it('are offered with size, architecture, memory, and why they cannot be loaded', async () => {
    let offered: readonly QuickPickItem[] = [];
    session.world.pick = (items) => {
      offered = items as readonly QuickPickItem[];
      return offered.find(({ label }) => label === 'with-middle');
    };
    await session.world.run('whence.selectModel');
    const row = (name: string) => {
      const found = offered.find(({ label }) => label.includes(name));
      return `${found?.label}: ${found?.description}: ${found?.detail}`;
    };
    const memory = 'takes \\d+ MB of memory · in a folder you named';
    match(row('with-middle'), new RegExp(`^with-middle: LlamaForCausalLM · 5\\.1 MB · ${memory}`));
    match(row('tiny.gguf'), new RegExp(`^tiny\\.gguf: LlamaForCausalLM · 36 kB · ${memory}`));
    match(
      row('no-tokenizer'),
      /^\$\(warning\) no-tokenizer: Phi3ForCausalLM .*: `no-tokenizer` has no `tokenizer/,
    );
    equal(session.world.settings.get('whence.model'), join(root, 'with-middle'));
  });

  it('fill in the middle where they have the tokens for it: sources are marked on both sides of the gap', async () => {
    session.world.settings.set('whence.model', resolve(root, 'with-middle'));
    const editor = session.open('cart.py', given + behind);
    placeCursor(editor, editor.document.positionAt(given.length));
    await session.world.run('whence.completeHere');
    const text = editor.document.getText();
    ok(text.startsWith(given) && text.endsWith(behind) && text.length > given.length + behind.length, text);
    equal(
      text.slice(given.length, given.length + 4),
      'size',
      'what is called behind the gap is copied into it',
    );
    placeCursor(editor, editor.document.positionAt(given.length + 1));
    await session.world.run('whence.markSources');
    const marked = await eventually(() => (/source\d\[/.test(editor.rendered) ? editor.rendered : null));
    match(marked, /source\d\[\.\]target\[size\]/, 'the dot before it');
    match(marked, /source\d\[ ?size\]\(self\)/, 'the name behind it');
  });
});
