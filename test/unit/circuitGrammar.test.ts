import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import manifest from '../../package.json';
import { lex } from '../../src/core/circuitFile/lexer';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { keywords } from '../../src/core/circuitFile/syntax';
import configuration from '../../syntaxes/circuit.language-configuration.json';
import grammar from '../../syntaxes/circuit.tmLanguage.json';
import { circuitText, everything } from './support/circuitText';

interface Rule {
  readonly name: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
}

const rules: Readonly<Record<string, Rule>> = grammar.repository;
const order = grammar.patterns.map(({ include }) => include.slice(1));
const keywordRules = ['statement', 'constant', 'measure', 'word'];

/** The scope of each piece of a line, by the first rule that matches where it stands, as an editor does. */
function scopes(line: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  let at = 0;
  while (at < line.length) {
    const hits = order.flatMap((name) => {
      const rule = rules[name]!;
      const pattern = rule.match ?? `${rule.begin}(?:(?!${rule.end})(?:\\\\.|[^\\\\]))*(?:${rule.end})`;
      const hit = new RegExp(pattern, 'gm');
      hit.lastIndex = at;
      const match = hit.exec(line);
      return match ? [{ name: rule.name, start: match.index, text: match[0] }] : [];
    });
    const first = hits.reduce<(typeof hits)[number] | null>(
      (best, hit) => (best === null || hit.start < best.start ? hit : best),
      null,
    );
    if (!first) break;
    found.push([first.text.trim(), first.name]);
    at = first.start + Math.max(1, first.text.length);
  }
  return found;
}

describe('the highlighting of circuit files', () => {
  it('is contributed with its language', () => {
    const [language] = manifest.contributes.languages;
    const [contributed] = manifest.contributes.grammars;
    assert.equal(contributed!.language, language!.id);
    assert.equal(contributed!.scopeName, grammar.scopeName);
    assert.deepEqual(language!.extensions, ['.circuit']);
    assert.ok(new RegExp(`^${configuration.wordPattern}$`).test('L3H2'));
  });

  it('has rules that compile, and uses all of them', () => {
    const included = JSON.stringify(grammar).match(/(?<="#)\w+(?=")/g) ?? [];
    assert.deepEqual([...new Set(included)].sort(), Object.keys(rules).sort());
    for (const { match, begin, end } of Object.values(rules)) {
      for (const pattern of [match, begin, end]) if (pattern !== undefined) new RegExp(pattern);
    }
  });

  it('knows the words of the parser, and no others', () => {
    const listed = keywordRules.flatMap((name) =>
      /\(\?:([a-z|]+)\)/.exec(rules[name]!.match!)![1]!.split('|'),
    );
    assert.deepEqual(listed.toSorted(), [...keywords].sort());
  });

  it('colours each piece as what the parser reads', () => {
    for (const line of everything.split('\n').filter((text) => !text.includes('"""'))) {
      const coloured = new Map(scopes(line));
      for (const { kind, raw } of lex(line).lexemes) {
        const scope = coloured.get(raw) ?? '';
        if (kind === 'string') assert.match(scope, /^string\./, raw);
        if (kind === 'number') assert.match(scope, /^constant\.numeric/, raw);
        if (kind === 'comment') assert.match(scope, /^comment\./, raw);
        if (kind === 'word' && /^L\d/.test(raw)) assert.match(scope, /^entity\./, raw);
        if (kind === 'word' && keywords.some((word) => word === raw)) {
          assert.match(scope, /^(keyword|constant|support)\./, `${raw} in ${line}`);
        }
      }
    }
  });

  it('colours names, whatever keyword they begin or end with', () => {
    assert.deepEqual(scopes('group ranks: of-course, L3H2x'), [
      ['group', 'keyword.control.statement.circuit'],
      ['ranks', 'variable.other.circuit'],
      [':', 'punctuation.separator.circuit'],
      ['of-course', 'variable.other.circuit'],
      [',', 'punctuation.separator.circuit'],
      ['L3H2x', 'variable.other.circuit'],
    ]);
    assert.deepEqual(scopes('expect rank at most 1  # the "first"').at(-1), [
      '# the "first"',
      'comment.line.number-sign.circuit',
    ]);
  });
});

describe('the documentation of the circuit language', () => {
  const documentation = readFileSync('docs/circuit-language.md', 'utf8');
  const blocks = (language: string) =>
    [...documentation.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
      (match) => match[1]!,
    );

  it('has examples that are read', () => {
    const [whole, ...parts] = blocks('circuit');
    assert.deepEqual(parseCircuit(whole!).diagnostics, []);
    assert.equal(parts.length, 4);
    for (const part of parts) {
      const expectations = part
        .trim()
        .split('\n')
        .map((line) => line.replace(/^expect /, ''));
      assert.deepEqual(parseCircuit(circuitText({ contrast: '"b"', expectations })).diagnostics, []);
    }
  });

  it('has the grammar of the parser’s words', () => {
    const rules = blocks('ebnf')[0]!
      .split(/\n(?=\w)/)
      .filter((rule) => !/^(head|mlp|name|number|count|text|escape) /.test(rule));
    const words = rules.flatMap((rule) => [...rule.matchAll(/"(\w+)"/g)].map((match) => match[1]!));
    assert.deepEqual([...new Set(words)].sort(), [...keywords].sort());
  });
});
