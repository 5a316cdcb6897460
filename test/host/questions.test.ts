import { equal, match, ok } from 'node:assert/strict';
import type { AskedKind } from '../../src/core/asked/asked';
import type { PanelState, ToPanel } from '../../src/core/panel';
import type { TextEditor } from './fake/editor';
import type { FakePanel } from './fake/panel';
import { cart, eventually, placeCursor, Session } from './session';
import { Selection } from './vscode';

const read = 'import os\nprint(os.path)\nprint(os.path)\n';

describe('questions beside why', function () {
  this.timeout(120_000);
  const session = new Session();
  let editor: TextEditor;

  before(async () => {
    session.start();
    session.world.openView();
    editor = session.open('read.py', read);
    const last = read.lastIndexOf('print');
    editor.selection = new Selection(editor.document.positionAt(last), editor.document.positionAt(last + 14));
    await session.world.run('whence.explainSelection');
  });
  after(() => session.end());

  const view = () => session.world.view as FakePanel;
  const state = (): PanelState | null => {
    const last = view().webview.sent.at(-1) as ToPanel | undefined;
    return last?.type === 'show' ? last.state : null;
  };
  const at = (text: string) => placeCursor(editor, editor.document.positionAt(read.lastIndexOf(text)));
  async function answered<K extends AskedKind>(kind: K) {
    const shown = await eventually(() => {
      const answer = state()?.asked?.answer;
      return answer?.kind === kind && state()!.asked!.progress === null ? answer : null;
    });
    return shown as Extract<typeof shown, { kind: K }>;
  }
  /** So that the next answer of the same kind is not taken for the last one. */
  async function dismiss() {
    view().webview.says({ type: 'dismiss' });
    await eventually(() => (state()?.asked === null ? true : null));
  }

  it('goes to the place a token was copied from, marks it and names the heads', async () => {
    at('path');
    await session.world.run('whence.copiedFrom');
    const answer = await answered('copied');
    ok(answer.copied);
    const sentence = answer.parts.map(({ text }) => text).join('');
    const said = /^Copied from line (\d): attention .* brought \d+% of its lead/.exec(sentence);
    ok(said, sentence);
    ok(answer.copiers.length > 0);
    for (const { name, score } of answer.copiers) {
      match(name, /^L\dH\d$/);
      ok(score > 0);
    }
    equal(editor.selection.active.line, Number(said[1]) - 1);
    match(editor.rendered, /copied\[/);
    await dismiss();
    ok(!editor.rendered.includes('copied['));
  });

  it('says honestly that a token was not copied', async () => {
    const other = session.open('cart.py', cart);
    await session.world.run('whence.completeHere');
    const text = other.document.getText();
    placeCursor(other, other.document.positionAt(text.indexOf('=', cart.length)));
    await session.world.run('whence.copiedFrom');
    const answer = await answered('copied');
    const sentence = answer.parts.map((part) => part.text).join('');
    if (answer.copied) match(sentence, /^Copied from line/);
    else {
      match(sentence, /^(Not copied|Not known well enough)/);
      equal(answer.copiers.length, 0);
      ok(!other.rendered.includes('copied['));
    }
    session.world.active = editor;
    session.world.visible = [editor];
  });

  it('renames a source in memory and shows both distributions; the document stays', async () => {
    at('os.path');
    const before = editor.document.getText();
    const titles: string[] = [];
    session.world.pick = (items) => {
      titles.push(items[0]!.label);
      return items.find(({ label }) => label === 'os' || label.includes('Rename'));
    };
    session.world.input = () => 'sys';
    await session.world.run('whence.whatChanges');
    const { result, what } = await answered('changed');
    equal(titles.length, 2);
    match(titles[0]!, /Which one changes it most/);
    equal(what.map(({ text }) => text).join(''), 'With os renamed to sys');
    ok(result.renamed, 'the token stands where the old name stood');
    ok(result.renamed.after.probability > result.renamed.before.probability);
    ok(result.after.target.probability < result.before.target.probability);
    equal(editor.document.getText(), before);
  });

  it('deletes or masks what the side view names', async () => {
    const tokens = state()!.tokens;
    const word = tokens.findIndex(({ text }) => text.includes('os'));
    session.world.pick = (items) => items.find(({ label }) => label.includes('Mask'));
    view().webview.says({ type: 'change', change: { word } });
    const masked = await eventually(() => {
      const answer = state()?.asked?.answer;
      return answer?.kind === 'changed' && answer.result.change.kind === 'mask' ? answer : null;
    });
    match(masked.what.map(({ text }) => text).join(''), /^With its meaning taken from os on line 1$/);
    equal(masked.result.after.context, masked.result.before.context);
    view().webview.says({ type: 'change', change: { kind: 'delete', indices: [word] } });
    const deleted = await eventually(() => {
      const answer = state()?.asked?.answer;
      return answer?.kind === 'changed' && answer.result.change.kind === 'delete' ? answer : null;
    });
    ok(deleted.result.after.context < deleted.result.before.context);
  });

  it('ranks the sources by how much each changes, with what comes then', async () => {
    view().webview.says({ type: 'change', change: 'rank' });
    const { words, tried, target } = await answered('ranked');
    ok(tried >= words.length && words.length > 3);
    equal(target.text.trim(), 'os');
    ok(words.every(({ moved }, i) => i === 0 || moved <= words[i - 1]!.moved));
    ok(words.every(({ text, line }) => read.split('\n')[line]!.includes(text)));
  });

  it('says why a head looks where it looks, asked from the side view', async () => {
    const { explanation } = state()!;
    const { layer, head, attention } = explanation!.heads[0]!;
    const key = attention[0]!.index;
    view().webview.says({ type: 'look', layer, head, key });
    const { result } = await answered('looked');
    equal(result.layer, layer);
    equal(result.key, key);
    ok(Math.abs(result.weight - attention[0]!.weight) < 1e-6);
    ok(result.checks.every(({ holds }) => holds));
    await dismiss();
    session.world.pick = (items) => items[0];
    await session.world.run('whence.whyHeadLooks');
    equal((await answered('looked')).result.key, key);
    const other = explanation!.heads[1]!;
    const look = { layer: other.layer, head: other.head, key: null };
    const { selected, record } = state()!;
    await dismiss();
    await session.world.run('whence.whyHeadLooks', { record: record.id, index: selected, look });
    const most = await answered('looked');
    equal(most.result.head, other.head);
    equal(most.result.key, other.attention[0]!.index, 'as a circuit asks: the place it looks at most');
  });

  it('writes the program another way and says whether the same sources still win', async () => {
    const other = session.open(
      'holds.py',
      'class Cart:\n    def __init__(self):\n        self.total = 0\n\n    def add(self, price):\n        self.total = self.total + price\n',
    );
    const text = other.document.getText();
    placeCursor(other, other.document.positionAt(text.lastIndexOf('total')));
    await session.world.run('whence.explainToken');
    await session.world.run('whence.holdsWhenRenamed');
    const { result } = await answered('paraphrased');
    ok(result.variants.length > 0);
    ok(result.variants.every(({ holds }) => typeof holds === 'boolean'));
    equal(other.document.getText(), text, 'the document stays as it is');
    session.world.active = editor;
    session.world.visible = [editor];
    at('os.path');
    await session.world.run('whence.explainToken');
    await eventually(() =>
      state()?.record.title === 'print(os.path)' && state()?.explanation ? true : null,
    );
  });

  it('forgets the answer when another token is chosen', async () => {
    const { selected } = state()!;
    view().webview.says({ type: 'select', index: selected + 1 });
    await eventually(() => (state()?.selected === selected + 1 ? true : null));
    equal(state()!.asked, null);
  });

  it('goes on from another token in a document beside the original, both recorded', async () => {
    const cartEditor = session.open('cart.py', cart);
    const count = (await session.tree()).split('\n').length;
    placeCursor(cartEditor, cartEditor.document.positionAt(cart.length));
    session.world.pick = (items) => items[0];
    await session.world.run('whence.branchHere');
    const { original, branch } = await answered('branched');
    ok(branch.text.length > branch.token.length);
    ok(original.token !== branch.token);
    ok(branch.probability < 1 && branch.mean! > 0 && branch.mean! <= 1);
    const beside = session.world.documents.at(-1)!;
    equal(beside.uri.scheme, 'untitled');
    ok(beside.getText().startsWith(cart));
    equal(beside.getText().slice(cart.length, cart.length + branch.text.length), branch.text);
    equal((await session.tree()).split('\n').length, count + 1);
    view().webview.says({ type: 'go', record: branch.record, index: branch.index });
    await eventually(() => (state()?.record.id === branch.record ? true : null));
    equal(state()!.asked?.answer?.kind, 'branched', 'both ends keep the comparison');
    const explained = await eventually(() => state()?.explanation ?? null);
    equal(explained.target.text, branch.token);
  });

  it('sums sources up to names, lines, statements and blocks, in the view and in the editor alike', async () => {
    session.world.active = editor;
    session.world.visible = [editor];
    at('os.path');
    await session.world.run('whence.explainToken');
    const token = await eventually(() =>
      state()?.record.title === 'print(os.path)' && state()?.explanation?.verification ? state() : null,
    );
    const byToken = token.explanation!.sources.reduce((sum, { score }) => sum + score, 0);
    for (const granularity of ['identifier', 'line', 'statement', 'block'] as const) {
      view().webview.says({ type: 'granularity', granularity });
      const { units } = await eventually(() =>
        state()?.granularity === granularity && state()?.units ? state() : null,
      );
      const sum = units!.reduce((total, { score }) => total + score, 0);
      ok(Math.abs(sum - byToken) < 1e-9, granularity);
      ok(units!.length <= token.explanation!.sources.length);
    }
    match(editor.rendered, /source\d\[import os/);
    view().webview.says({ type: 'granularity', granularity: 'token' });
    await eventually(() => (state()?.units === null ? true : null));
  });

  it('explains by another method, and compares with another token', async () => {
    view().webview.says({ type: 'method', method: 'occlusion' });
    const other = await eventually(() => (state()?.explanation?.method === 'occlusion' ? state() : null));
    equal(other.method, 'occlusion');
    view().webview.says({ type: 'method', method: 'secant' });
    const { explanation } = await eventually(() =>
      state()?.explanation?.method === 'secant' ? state() : null,
    );
    const rival = explanation!.target.alternatives.find(({ id }) => id !== explanation!.target.id)!;
    view().webview.says({ type: 'contrast', text: rival.text });
    const compared = await eventually(() => (state()?.explanation?.contrast ? state() : null));
    equal(compared.explanation!.contrast!.id, rival.id);
    view().webview.says({ type: 'contrast', text: null });
    await eventually(() => (state()?.explanation && !state()!.explanation!.contrast ? true : null));
  });

  it('compares with the same text under another name, of as many tokens', async () => {
    session.world.pick = (items) => items.find((item) => (item as unknown) === 'os' || item.label === 'os');
    session.world.input = () => 're';
    view().webview.says({ type: 'method', method: 'attribution-patching' });
    const patched = await eventually(() =>
      state()?.explanation?.method === 'attribution-patching' ? state() : null,
    );
    equal(patched.error, null);
    session.world.input = () => 'a_much_longer_name';
    view().webview.says({ type: 'method', method: 'attribution-patching' });
    const said = await eventually(() => session.world.messages.pop() ?? null);
    match(said, /the text has \d+ tokens and not \d+: choose a name of as many tokens/);
    view().webview.says({ type: 'method', method: 'secant' });
  });

  it('explains a selection of several tokens as one', async () => {
    const last = read.lastIndexOf('print');
    editor.selection = new Selection(editor.document.positionAt(last), editor.document.positionAt(last + 14));
    await session.world.run('whence.explainSelection');
    const shown = await eventually(() => (state()?.explanation?.span ? state() : null));
    equal(shown.end - shown.selected, shown.explanation!.span!.length);
    match(shown.answer!.sentence, /Of these \d tokens/);
    await eventually(() => (/target\[print\(os\.path\)\]/.test(editor.rendered) ? true : null));
    view().webview.says({ type: 'select', index: shown.selected + 1 });
    await eventually(() => (state()?.explanation && state()!.explanation!.span === null ? true : null));
  });

  it('lets typing interrupt an answer that is on its way, and gets it when the typing rests', async () => {
    const cartEditor = session.world.documents.find(({ uri }) => uri.path.endsWith('cart.py'))!;
    const { selected } = state()!;
    view().webview.says({ type: 'select', index: selected + 2 });
    while (!session.world.status?.text.includes('explaining')) await new Promise(setImmediate);
    const end = cartEditor.positionAt(0);
    cartEditor.apply([{ range: new Selection(end, end), text: '# typed\n' }]);
    const start = performance.now();
    const shown = await eventually(() =>
      state()?.selected === selected + 2 && state()?.explanation?.verification ? state() : null,
    );
    ok(performance.now() - start > 500, 'not before the typing rested');
    equal(shown.error, null);
  });

  it('shows no message of its own', () => {
    equal(session.world.messages.join('\n'), '');
  });
});
