import assert from 'node:assert/strict';
import type { StopAt } from '../../src/core/generation';
import { cursorAfter } from '../../src/engine/run/ending';
import { inCode, inComment, scan } from '../../src/engine/run/scan';
import { stopRule } from '../../src/engine/run/stop';

/**
 * Feeds `written` to the rule character by character and gives back what the continuation keeps; all of it, with an
 * ellipsis, where it has not ended. Checks that nothing called sure is ever taken back.
 */
function kept(stopAt: StopAt, language: string | null, before: string, written: string): string {
  const rule = stopRule(stopAt, language, before);
  let promised = 0;
  for (let length = 1; length <= written.length; length++) {
    const { end, sure } = rule(written.slice(0, length));
    assert.ok(sure >= promised, `${sure} after ${promised} in ${JSON.stringify(written.slice(0, length))}`);
    assert.ok(end === null || end >= promised, `ended at ${end}, but ${promised} was sure`);
    promised = sure;
    if (end !== null) return written.slice(0, end);
  }
  return `${written}…`;
}

interface Case {
  readonly name: string;
  readonly before: string;
  readonly written: string;
  readonly keeps: string;
}

function check(stopAt: StopAt, language: string | null, cases: readonly Case[]): void {
  for (const { name, before, written, keeps } of cases) {
    it(name, () => assert.equal(kept(stopAt, language, before, written), keeps));
  }
}

describe('end of the line', () => {
  check('line', 'python', [
    { name: 'ends before the newline', before: 'x = ', written: '1\ny = 2', keeps: '1' },
    {
      name: 'looks for a line that has something on it',
      before: 'x = 1',
      written: '\n\n  y = 2\n',
      keeps: '\n\n  y = 2',
    },
    { name: 'leaves out white space at the end', before: 'x', written: ' = 1  \n', keeps: ' = 1' },
  ]);
});

describe('end of a Python statement', () => {
  check('statement', 'python', [
    { name: 'ends with its line', before: '    return ', written: 'a + b\n    x = 1', keeps: 'a + b' },
    { name: 'goes on inside brackets', before: 'x = f(', written: 'a,\n  b,\n)\ny', keeps: 'a,\n  b,\n)' },
    {
      name: 'goes on in brackets opened lines before',
      before: 'x = [\n  1,\n  ',
      written: '2\n]\ny',
      keeps: '2\n]',
    },
    {
      name: 'goes on in a string of three quotes',
      before: 's = """a\n',
      written: 'b (\n"""\nt',
      keeps: 'b (\n"""',
    },
    { name: 'goes on after a backslash', before: 'x = a + \\', written: '\n  b\ny', keeps: '\n  b' },
    { name: 'sees no brackets in strings', before: '', written: "x = '('\ny", keeps: "x = '('" },
    { name: 'sees no brackets in comments', before: '', written: 'x = 1  # (\ny', keeps: 'x = 1  # (' },
    { name: 'takes a comment before it along', before: '', written: '# why\nx = 1\n', keeps: '# why\nx = 1' },
    {
      name: 'takes a decorator along',
      before: '',
      written: '@a.b\ndef f():\n  pass\nx',
      keeps: '@a.b\ndef f():\n  pass',
    },
    {
      name: 'takes the body along',
      before: 'if a',
      written: ':\n    b()\n\n    c()\nd()',
      keeps: ':\n    b()\n\n    c()',
    },
    {
      name: 'takes further clauses along',
      before: '',
      written: 'if a:\n  b\nelse:\n  c\nd',
      keeps: 'if a:\n  b\nelse:\n  c',
    },
    {
      name: 'takes no other word for a clause',
      before: '',
      written: 'if a:\n  b\nelsewhere = 1\n',
      keeps: 'if a:\n  b',
    },
    {
      name: 'is the body after a header',
      before: 'for a in b:',
      written: '\n  c(a)\n  d(a)\ne = 1',
      keeps: '\n  c(a)\n  d(a)',
    },
    {
      name: 'is the next one after a finished one',
      before: 'x = 1',
      written: '\ny = 2\nz',
      keeps: '\ny = 2',
    },
    { name: 'goes on while its line does', before: 'x = ', written: '1 + 2', keeps: '1 + 2…' },
  ]);
});

describe('end of a Python block', () => {
  check('block', 'python', [
    {
      name: 'ends where less is indented',
      before: 'def f():\n    ',
      written: 'a\n\n    b\nc',
      keeps: 'a\n\n    b',
    },
    {
      name: 'ends with the body of a header',
      before: 'def f():',
      written: '\n    a\n    b\n\n\ndef g',
      keeps: '\n    a\n    b',
    },
    { name: 'ends with the inner of two', before: 'def f():\n  if a:\n    ', written: 'b\n  c', keeps: 'b' },
    { name: 'outside all blocks ends with the paragraph', before: '', written: 'a\nb\n\nc', keeps: 'a\nb' },
    {
      name: 'outside all blocks keeps bodies with blank lines',
      before: '',
      written: 'def f():\n  a\n\n  b\n\nc',
      keeps: 'def f():\n  a\n\n  b',
    },
    {
      name: 'ignores indentation in brackets',
      before: 'def f():\n    x = g(',
      written: '\na,\nb)\n    y\nz',
      keeps: '\na,\nb)\n    y',
    },
    {
      name: 'starts anew after a line that goes on from before',
      before: 'f(a,\n      ',
      written: 'b)\ng()\n\nh()',
      keeps: 'b)\ng()',
    },
  ]);
});

describe('end of a TypeScript statement', () => {
  check('statement', 'typescript', [
    { name: 'ends with its semicolon', before: 'const a = ', written: 'b; c', keeps: 'b;' },
    { name: 'ends with its line where there is none', before: 'const a = ', written: 'b\nc()', keeps: 'b' },
    {
      name: 'goes on where the line is not finished',
      before: 'const a =',
      written: '\n  b &&\n  c;\nd',
      keeps: '\n  b &&\n  c;',
    },
    {
      name: 'goes on where the next line does',
      before: 'a',
      written: '\n  .b()\n  .c()\nd',
      keeps: '\n  .b()\n  .c()',
    },
    {
      name: 'goes on inside brackets',
      before: 'f(',
      written: '() => {\n  a;\n});\nb',
      keeps: '() => {\n  a;\n});',
    },
    { name: 'ends with the body', before: 'if (a) ', written: '{\n  b;\n}\nc;', keeps: '{\n  b;\n}' },
    {
      name: 'takes further clauses along',
      before: '',
      written: 'if (a) {\n  b;\n}\nelse {\n  c;\n}\nd',
      keeps: 'if (a) {\n  b;\n}\nelse {\n  c;\n}',
    },
    {
      name: 'takes no other word for a clause',
      before: '',
      written: 'if (a) {\n}\nelsewhere()',
      keeps: 'if (a) {\n}',
    },
    {
      name: 'ends before the brace that closes what was open',
      before: 'f() {\n  return ',
      written: 'a\n}\nb',
      keeps: 'a',
    },
    {
      name: 'sees no semicolons in strings, patterns, comments',
      before: 'a = ',
      written: `";" + /[/;]/ /* ; */ + \`;\${b}\`; c`,
      keeps: `";" + /[/;]/ /* ; */ + \`;\${b}\`;`,
    },
    {
      name: 'sees code inside a template',
      before: 'a = `x${',
      written: 'f({ b: 1 })}`; c',
      keeps: 'f({ b: 1 })}`;',
    },
    { name: 'takes the next after a finished one', before: 'a();', written: '\nb();\nc', keeps: '\nb();' },
    { name: 'ends after an increment', before: '', written: 'i++\nj', keeps: 'i++' },
    { name: 'lets an apostrophe in a comment be', before: "// don't\n", written: 'a;\nb', keeps: 'a;' },
    {
      name: 'allows a brace on a line of its own',
      before: 'void f()',
      written: '\n{\n  a;\n}\nb',
      keeps: '\n{\n  a;\n}',
    },
  ]);
});

describe('end of a TypeScript block', () => {
  check('block', 'typescript', [
    {
      name: 'ends before the brace that closes it',
      before: 'f() {\n  ',
      written: 'a;\n  if (b) {\n    c;\n  }\n}\nd',
      keeps: 'a;\n  if (b) {\n    c;\n  }',
    },
    { name: 'keeps blank lines inside', before: 'f() {\n  ', written: 'a;\n\n  b;\n}', keeps: 'a;\n\n  b;' },
    {
      name: 'outside all blocks ends with the one that closes',
      before: '',
      written: 'function f() {\n  a;\n\n  b;\n}\nc;',
      keeps: 'function f() {\n  a;\n\n  b;\n}',
    },
    {
      name: 'outside all blocks ends with the paragraph',
      before: '',
      written: 'a;\nb;\n\nc;',
      keeps: 'a;\nb;',
    },
    {
      name: 'sees no braces in strings and comments',
      before: 'f() {\n  ',
      written: "a('}'); // }\n}",
      keeps: "a('}'); // }",
    },
  ]);
});

describe('end in prose', () => {
  check('statement', null, [
    { name: 'a statement is a line', before: 'a', written: ' b; c\nd', keeps: ' b; c' },
  ]);
  check('block', 'markdown', [
    { name: 'a block is a paragraph', before: 'a', written: ' b\nc\n \nd', keeps: ' b\nc' },
  ]);
  check('limit', 'python', [
    { name: 'without a rule nothing ends', before: '', written: 'a\n\n\nb\n', keeps: 'a\n\n\nb\n…' },
  ]);
});

describe('scan', () => {
  /** The code of a text, with strings as `s` and comments as `c`. */
  function shape(text: string, family: 'indent' | 'brace'): string {
    const { kinds } = scan(text, family);
    return Array.from(text, (character, i) =>
      kinds[i] === inCode ? character : kinds[i] === inComment ? 'c' : 's',
    ).join('');
  }

  it('tells strings and comments of Python from code', () => {
    assert.equal(shape("a = 'x\\'#' # y\nb", 'indent'), 'a = ssssss ccc\nb');
    assert.equal(shape('"""a"b\n"""c', 'indent'), 'ssssssssssc');
    assert.equal(shape("it's\nb", 'indent'), 'itss\nb', 'an open quote ends with its line');
  });

  it('tells strings, patterns and comments of TypeScript from code', () => {
    assert.equal(shape('a / b / c', 'brace'), 'a / b / c');
    assert.equal(shape('x = /["/]/; y', 'brace'), 'x = ssssss; y');
    assert.equal(shape('/* " */ a // b\nc', 'brace'), 'ccccccc a cccc\nc');
    assert.equal(shape(`\`a\${b + \`c\`}d\`+e`, 'brace'), 'ssssb + ssssss+e');
  });

  it('counts brackets across pieces as in the whole', () => {
    const text = `f({ a: [1, \`\${b({})}\`, /[)]/ ] // (\n}`;
    const whole = scan(text, 'brace');
    const first = scan(text.slice(0, 8), 'brace');
    const second = scan(text.slice(8), 'brace', first.state);
    assert.deepEqual([...first.depths, ...second.depths], [...whole.depths]);
    assert.deepEqual(second.state, whole.state);
    assert.equal(whole.state.depth, 1);
  });

  it('reads of a program in one line only the end with every token, and knows in what it stands', () => {
    const { line, state } = cursorAfter(`f({ "${'a = 1; '.repeat(30_000)}`, 'brace');
    assert.ok(line.length < 10_000, `${line.length} characters`);
    assert.deepEqual([state.mode, state.depth], ['string', 2]);
  });
});
