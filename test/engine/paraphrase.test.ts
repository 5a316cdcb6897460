import assert from 'node:assert/strict';
import { Edited } from '../../src/core/edits';
import type { Paraphrase, VariantKind } from '../../src/core/paraphrase';
import { paraphrase } from '../../src/engine/explain/paraphrase';
import type { Model } from '../../src/engine/model';
import { Grammars } from '../../src/engine/syntax/grammars';
import { commentsOf, reindented, spread } from '../../src/engine/syntax/layout';
import { otherName, renamables, renaming } from '../../src/engine/syntax/rename';
import { embeddedModel, read } from './support/embedded';

const grammars = new Grammars('dist/tree-sitter');

describe('writing a program otherwise', () => {
  const names = async (text: string, language = 'python') =>
    renamables((await grammars.parse(text, language))!, text)
      .map(({ name }) => name)
      .sort();

  it('renames local variables, and nothing that has a meaning elsewhere', async () => {
    const python = [
      'import os as system',
      'class Cart(Base):',
      '    limit = 3',
      '    def add(self, item, owner, key=None):',
      '        self.owner = owner',
      '        for index, (left, right) in enumerate(item):',
      '            with open(left) as file_handle:',
      '                total = sum(file_handle, start=right)',
      '        call(key=index)',
      '        return [word for word in total]',
    ].join('\n');
    assert.deepEqual(await names(python), [
      'file_handle',
      'index',
      'item',
      'left',
      'owner',
      'right',
      'total',
      'word',
    ]);
    const typescript = [
      "import { a } from 'x';",
      'export const shared = 1;',
      'const hidden = (first: number, { taken }: T) => {',
      '  let second = first + a;',
      '  for (const each of items) second += each.second;',
      '  return { first };',
      '};',
      'export function run(input_: string) { return input_; }',
    ].join('\n');
    assert.deepEqual(await names(typescript, 'typescript'), ['each', 'hidden', 'input_', 'second']);
    assert.deepEqual(await names('def f(x):\n    return g(x, x='), [], 'a call that is not finished');
  });

  it('renames every place, and members of that name not', async () => {
    const text = 'def f(self, owner):\n    self.owner = owner\n    return owner.owner + self.';
    const [variable] = renamables((await grammars.parse(text, 'python'))!, text);
    const { text: renamed } = new Edited(text, renaming(variable!, 'entry'));
    assert.equal(renamed, 'def f(self, entry):\n    self.owner = entry\n    return entry.owner + self.');
  });

  it('finds names of the same shape that the program does not have', () => {
    const size = (name: string) => name.length;
    assert.match(otherName('old_total', '', size)!, /^[a-z]+_[a-z]+$/);
    assert.match(otherName('oldTotal', '', size)!, /^[a-z]+[A-Z][a-z]+$/);
    assert.match(otherName('LIMIT', '', size)!, /^[A-Z]{5}$/, 'of the same size');
    assert.match(otherName('i', 'v w', size)!, /^[a-uxyz]$/);
    assert.notEqual(otherName('total', 'entry', size), 'entry');
  });

  it('indents otherwise where that changes nothing, and leaves texts over several lines as they are', async () => {
    const indent = async (text: string, language = 'python') => {
      const changes = reindented((await grammars.parse(text, language))!, text);
      return changes && new Edited(text, changes).text;
    };
    assert.equal(await indent('if a:\n    b\n    if c:\n        d\n'), 'if a:\n  b\n  if c:\n    d\n');
    assert.equal(await indent('{\n  a;\n}\n', 'javascript'), '{\n    a;\n}\n');
    assert.equal(await indent('if a:\n\tb\n'), 'if a:\n    b\n');
    const literal = 'def f():\n    x = """one\n      two"""\n    return x\n';
    assert.equal(await indent(literal), 'def f():\n  x = """one\n      two"""\n  return x\n');
    assert.equal(await indent('if a:\n    b\n\tc\n'), null, 'mixed');
    assert.equal(await indent('if a:\n   b\n   if c:\n       d\n'), null, 'uneven');
    assert.equal(await indent('a\n'), null);
  });

  it('puts empty lines between statements, and takes out comments that no tool reads', async () => {
    const text = '# noqa\na = 1\nb = 2  # two\n# three\nc = 3\n';
    const tree = (await grammars.parse(text, 'python'))!;
    assert.equal(new Edited(text, spread(tree, text)!).text, text.replace('b = 2', '\nb = 2'));
    const comments = commentsOf(tree, text);
    assert.deepEqual(
      comments.map((comment) => comment.text),
      ['# two', '# three'],
    );
    const left = new Edited(
      text,
      comments.map(({ change }) => change),
    ).text;
    assert.equal(left, '# noqa\na = 1\nb = 2\nc = 3\n');
  });
});

describe('the paraphrase check on the embedded model', () => {
  let model: Model;
  before(async () => {
    model = await embeddedModel();
  });

  const ask = (
    text: string,
    answer: string | null = null,
    language: string | null = 'python',
  ): Promise<Paraphrase> => {
    const context = read(model, text, language);
    const ids =
      answer === null ? context : [...context, ...model.tokenizer.encode(answer).map(({ id }) => id)];
    return paraphrase(model, grammars, { ids, position: context.length, target: null, language });
  };
  const variantOf = ({ variants }: Paraphrase, kind: VariantKind) =>
    variants.find((one) => one.kind === kind)!;

  const copied = 'function kat_tasp(katSnar: string): string {\n  return';

  it('confirms a copied name: the answer is the new name, from the same places', async () => {
    const found = await ask(copied, ' katSnar', 'typescript');
    const rename = variantOf(found, 'rename');
    assert.match(rename.change, /^‘katSnar’ renamed to ‘/);
    const to = /to ‘(.+)’$/.exec(rename.change)![1]!;
    assert.ok(` ${to}`.startsWith(rename.expected), `${rename.expected} begins ${to}`);
    for (const kind of ['rename', 'reformat'] as const) {
      const variant = variantOf(found, kind);
      assert.ok(variant.holds, JSON.stringify(variant));
      assert.ok(variant.kept.every((index) => variant.named.includes(index)));
      assert.ok(variant.rank === 1 || variant.probability.after >= variant.probability.before / 2);
    }
    assert.deepEqual(
      found.skipped.map(({ kind }) => kind),
      ['comment', ...(found.counterfactual ? [] : ['counterfactual'])],
    );
  });

  it('sees the answer follow when there is one source and it gets another name', async () => {
    const found = await ask(
      'class Box:\n    def __init__(self):\n        self.lid = 0\n\n    def open(self):\n        return self.',
      'lid',
    );
    assert.ok(found.counterfactual, JSON.stringify(found.skipped));
    const { holds, before, after, to } = found.counterfactual;
    assert.ok(holds, JSON.stringify(found.counterfactual));
    assert.ok(before.old > before.changed && after.changed > after.old);
    assert.notEqual(to, 'lid');
    assert.ok(['patched', 'replicated', 'attributed'].includes(found.tier));
  });

  it('fails where the answer has other sources than the one it is said to be copied from', async () => {
    const lines = ['items', 'items', 'items', 'items'].map(
      (name, at) => `    def f${at}(self):\n        self.${name}.sort()\n`,
    );
    const found = await ask(
      `class Cart:\n    def __init__(self):\n        self.items = []\n\n${lines.join('\n')}\n    def g(self):\n        self.`,
      'items',
    );
    assert.ok(found.counterfactual);
    assert.equal(found.counterfactual.holds, false, JSON.stringify(found.counterfactual));
    assert.ok(found.counterfactual.after.old > found.counterfactual.after.changed);
    assert.notEqual(found.tier, 'patched');
    assert.notEqual(found.tier, 'replicated');
  });

  it('drops a comment that brought nothing, and says what could not be tried', async () => {
    const lines = [
      'const one = 1;',
      'const two = one + one;',
      'const three = two + one;',
      'const four = two + two;',
    ];
    const text = `// A line that nobody reads.\n${lines.join('\n')}\n\n${copied}`;
    const found = await ask(text, ' katSnar', 'typescript');
    assert.match(variantOf(found, 'comment').change, /^without the comment ‘\/\/ A line/);
    const plain = await ask('once upon a time there was a', null, null);
    assert.deepEqual(plain.variants, []);
    assert.match(plain.skipped[0]!.reason, /no grammar/);
    const { ids, position } = { ids: read(model, copied), position: 5 };
    await assert.rejects(
      paraphrase(model, grammars, {
        ids,
        position,
        target: null,
        language: 'python',
        method: 'attribution-patching',
      }),
      /choose another method/,
    );
  });
});
