import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { extensions, Selection, type TextEditor, workspace } from 'vscode';
import { fillModel } from '../engine/support/fillModel';
import { page } from './page';
import { openFresh } from './support/completion';
import { clickInto, placeOf, set } from './support/editing';
import { eventually } from './support/eventually';
import { answeredHover } from './support/hover';
import { choices, choose } from './support/quickInput';

const title = 'The model that writes and explains';
const behind = ')\n\n    def clear(self):\n        self.clear()\n\n    def size(self):\n        return self.';

/**
 * A user's folder of models. One has the tokens for filling in the middle: it is the embedded model with three more, which it
 * computes with though it has not learnt what they mean, so what it writes is worth nothing, and how it is explained is.
 */
function modelsIn(root: string, repository: string): void {
  const fixtures = join(repository, 'test', 'fixtures');
  const embedded = join(repository, 'models', 'whence-code');
  fillModel(embedded, join(root, 'with-middle'));
  cpSync(join(fixtures, 'gguf', 'llama-q8.gguf'), join(root, 'tiny.Q8_0.gguf'));
  cpSync(join(fixtures, 'checkpoints', 'phi3'), join(root, 'no-tokenizer'), { recursive: true });
  mkdirSync(join(root, 'unknown'));
  writeFileSync(
    join(root, 'unknown', 'config.json'),
    JSON.stringify({ architectures: ['MambaForCausalLM'] }),
  );
  cpSync(embedded, join(root, 'too-large'), { recursive: true });
  writeHole(join(root, 'too-large', 'model.safetensors'), Math.ceil(totalmem() / 192));
}

/** Weights with so many rows of 96 numbers that the machine cannot hold them; a hole in the file takes no disk. */
function writeHole(file: string, rows: number): void {
  const bytes = 4 * 96 * rows;
  const tensor = { dtype: 'F32', shape: [rows, 96], data_offsets: [0, bytes] };
  const header = Buffer.from(JSON.stringify({ 'model.embed_tokens.weight': tensor }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([length, header]));
  truncateSync(file, 8 + header.length + bytes);
}

describe('Models of one’s own', function () {
  this.timeout(120_000);
  const root = mkdtempSync(join(tmpdir(), 'whence-own-'));
  let editor: TextEditor;
  let cursor = 0;
  before(async () => {
    modelsIn(root, extensions.getExtension('whence.whence')!.extensionPath);
    await set('whence.modelFolders', [root]);
    editor = await openFresh('cart.py');
  });
  after(async () => {
    await set('whence.modelFolders', undefined);
    await set('whence.model', undefined);
    rmSync(root, { recursive: true });
  });

  it('are offered with size, architecture, memory, and why they cannot be loaded', async () => {
    await page.palette('Whence: Select Model');
    const texts = await choices(title, (rows) => rows.some((row) => row.includes('with-middle')));
    const rowOf = (name: string) => texts.find((text) => text.includes(name))?.replaceAll(/\s+/g, ' ') ?? '';
    assert.match(
      rowOf('with-middle'),
      /LlamaForCausalLM · 5\.1 MB · takes \d+ MB of memory · in a folder you named/,
    );
    assert.match(rowOf('tiny.Q8_0.gguf'), /LlamaForCausalLM · 36 kB · takes \d+ MB of memory/);
    assert.match(rowOf('too-large'), /takes more memory than is free now/);
    assert.match(rowOf('no-tokenizer'), /Phi3ForCausalLM.*has no `tokenizer\.json`/);
    assert.match(rowOf('unknown'), /MambaForCausalLM/);
    await page.screenshot('own-models');
  });

  it('are loaded when they are chosen', async () => {
    await choose(title, 'with-middle');
    await eventually(() =>
      assert.equal(workspace.getConfiguration().get('whence.model'), join(root, 'with-middle')),
    );
  });

  it('fill in the middle where they have the tokens for it, and leave what is behind the cursor', async () => {
    const { document } = editor;
    const above = document.getText();
    cursor = above.length;
    await editor.edit((edit) => edit.insert(document.positionAt(cursor), behind));
    editor.selection = new Selection(document.positionAt(cursor), document.positionAt(cursor));
    await page.palette('Whence: Complete Here');
    await eventually(() => assert.ok(document.getText().length > above.length + behind.length));
    const text = document.getText();
    assert.ok(text.startsWith(above) && text.endsWith(behind), text);
  });

  it('are explained by what stands on both sides of the gap', async () => {
    const text = editor.document.getText();
    const word = /\w+/.exec(text.slice(cursor))!;
    const after = editor.document.positionAt(text.length - behind.length).line + 1;
    const target = placeOf(editor, cursor + word.index, cursor + word.index + word[0].length);
    const hover = await answeredHover(target);
    assert.match(hover, /p (>|<)?\d\.\d+/);
    await page.screenshot('fill-middle-hover');
    await clickInto(editor, target);
    await page.palette('Whence: Mark Sources');
    await eventually(async () => {
      const lines = (await page.decorations()).flatMap(({ underline, line }) =>
        underline === 'none' ? [] : [line],
      );
      assert.ok(
        lines.some((line) => line < target.line!),
        `a source above, of ${lines}`,
      );
      assert.ok(
        lines.some((line) => line > after),
        `a source below line ${after}, of ${lines}`,
      );
    });
    await page.screenshot('fill-middle-marks');
  });
});
