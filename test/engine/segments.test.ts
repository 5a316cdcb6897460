import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Segment, scoredUnits, textSegments, unitsOf } from '../../src/core/granularity';
import { Grammars } from '../../src/engine/syntax/grammars';
import { segmentsOf } from '../../src/engine/syntax/segments';
import { embeddedModel } from './support/embedded';

const python = `import os

@cached
class Cart:
    """Things é 🛒."""

    def total(self, tax):  # with tax
        if tax > 0:
            return sum(
                self.prices
            ) * tax
        else:
            tax = 1
        return tax

cart = Cart()
print(cart.total(2)); os.exit(1)
last = (`;

const typescript = `import { a } from 'x';

export class Cart {
  private readonly items: Item[] = [];

  total(tax: number): number {
    for (const item of this.items) {
      tax += item.price;
    }
    return tax;
  }
}

interface Item {
  price: number;
}
`;

describe('segments of programs', () => {
  const grammars = new Grammars('dist/tree-sitter');
  const shown = (text: string, segments: readonly Segment[]) =>
    segments.map(({ ranges }) => ranges.map(({ start, end }) => text.slice(start, end).trim()).join(' … '));

  it('tells statements of Python: heads of compound ones by themselves, and what is not finished by its line', async () => {
    const { statement } = await segmentsOf(grammars, python, 'python');
    assert.deepEqual(shown(python, statement), [
      'import os',
      '@cached',
      'class Cart:',
      '"""Things é 🛒."""',
      'def total(self, tax):  # with tax',
      'if tax > 0:',
      'return sum(\n                self.prices\n            ) * tax',
      'else:',
      'tax = 1',
      'return tax',
      'cart = Cart()',
      'print(cart.total(2));',
      'os.exit(1)',
      'last = (',
    ]);
  });

  it('tells blocks: functions and classes without those inside, and lines that stand together', async () => {
    const { block } = await segmentsOf(grammars, python, 'python');
    assert.deepEqual(
      shown(python, block).map((text) => text.split('\n')[0]),
      ['import os', '@cached', 'class Cart:', 'def total(self, tax):  # with tax', 'cart = Cart()'],
    );
    const other = await segmentsOf(grammars, typescript, 'typescript');
    assert.deepEqual(
      shown(typescript, other.block).map((text) => text.replaceAll(/\s+/g, ' ')),
      [
        "import { a } from 'x';",
        'export class Cart { private readonly items: Item[] = []; … }',
        'total(tax: number): number { for (const item of this.items) { tax += item.price; } return tax; }',
        'interface Item { price: number; }',
      ],
    );
  });

  it('tells statements of TypeScript, with what closes them', async () => {
    const { statement } = await segmentsOf(grammars, typescript, 'typescript');
    assert.deepEqual(
      shown(typescript, statement).map((text) => text.replaceAll(/\s+/g, ' ')),
      [
        "import { a } from 'x';",
        'export class Cart { … }',
        'private readonly items: Item[] = [];',
        'total(tax: number): number { … }',
        'for (const item of this.items) { … }',
        'tax += item.price;',
        'return tax;',
        'interface Item { … }',
        'price: number;',
      ],
    );
  });

  it('knows the grammars that are shipped, and goes by the text without one', async () => {
    const programs: Readonly<Record<string, string>> = {
      javascript: 'function f() {\n  return 1;\n}\n',
      javascriptreact: 'const a = () => {\n  return <b>{c}</b>;\n};\n',
      typescriptreact: 'const a = () => {\n  return <b>{c}</b>;\n};\n',
      go: 'func f() int {\n\treturn 1\n}\n',
      java: 'class A {\n  int f() {\n    return 1;\n  }\n}\n',
      rust: 'fn f() -> i32 {\n    let x = 1;\n    x\n}\n',
    };
    for (const [language, text] of Object.entries(programs)) {
      const { statement } = await segmentsOf(grammars, text, language);
      assert.ok(
        statement.some(({ ranges }) => ranges.length === 2),
        `${language}: ${shown(text, statement).join(' | ')}`,
      );
    }
    assert.deepEqual(await segmentsOf(grammars, 'a b\nc', 'cobol'), textSegments('a b\nc'));
    assert.deepEqual(await segmentsOf(grammars, 'a b\nc', null), textSegments('a b\nc'));
  });

  it('keeps sums at every rung, on the tokens of real code', async () => {
    const model = await embeddedModel();
    for (const [file, language] of [
      ['samples/cart.py', 'python'],
      ['samples/queue.ts', 'typescript'],
    ] as const) {
      const text = readFileSync(file, 'utf8').slice(0, 1500);
      const tokens = model.tokenizer.encode(text).map((token, index) => ({ ...token, index }));
      const scores = tokens.map(({ index }) => ({ index, score: Math.sin(index) }));
      const sum = (all: readonly { score: number }[]) => all.reduce((total, { score }) => total + score, 0);
      const segments = await segmentsOf(grammars, text, language);
      let before = tokens.length;
      for (const rung of ['identifier', 'line', 'statement', 'block'] as const) {
        const ranges = segments[rung]
          .flatMap((segment) => segment.ranges)
          .toSorted((a, b) => a.start - b.start);
        for (const [at, { start, end }] of ranges.entries())
          assert.ok(end > start && start >= (ranges[at - 1]?.end ?? 0), `${file}, ${rung}: overlapping`);
        const units = scoredUnits(unitsOf(tokens, segments[rung], text), scores);
        assert.ok(Math.abs(sum(units) - sum(scores)) < 1e-9);
        assert.ok(rung === 'statement' || units.length < before, `${rung} is coarser`);
        before = units.length;
      }
    }
  });

  it('parses what is cut off anywhere, and deep nesting', async () => {
    for (let length = 0; length < python.length; length += 7) {
      const text = python.slice(0, length);
      const { statement } = await segmentsOf(grammars, text, 'python');
      const covered = statement
        .flatMap(({ ranges }) => ranges)
        .reduce((sum, { start, end }) => sum + end - start, 0);
      assert.ok(covered >= text.replaceAll(/\s/g, '').length, text);
    }
    const { statement } = await segmentsOf(grammars, `x = ${'('.repeat(3000)}`, 'python');
    assert.ok(statement.length > 0);
  });
});
