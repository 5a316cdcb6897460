import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRegistryFromGrammars } from 'vscode-tmgrammar-test/dist/common/index';
import { parseGrammarTestCase, runGrammarTestCase } from 'vscode-tmgrammar-test/dist/unit/index';
import manifest from '../../package.json';
import { lex } from '../../src/core/circuitFile/lexer';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { lineAt } from '../../src/core/circuitFile/spans';
import { auditWords, isKeyword, keywords, words } from '../../src/core/circuitFile/words';
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
const keywordRules = ['statement', 'constant', 'measure', 'word'];
const path = 'syntaxes/circuit.tmLanguage.json';
/** VS Code's own tokenizer, with the grammar in it. */
const registry = createRegistryFromGrammars([
  { grammar: { path, scopeName: grammar.scopeName }, content: readFileSync(path, 'utf8') },
]);

/** The innermost scope of each piece of a text, a line each. */
async function scopes(text: string): Promise<readonly ReadonlyMap<string, string>[]> {
  const loaded = await registry.loadGrammar(grammar.scopeName);
  let state: Parameters<NonNullable<typeof loaded>['tokenizeLine']>[1] = null;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = loaded!.tokenizeLine(line, state);
    state = ruleStack;
    return new Map(
      tokens.map((token) => [line.slice(token.startIndex, token.endIndex).trim(), token.scopes.at(-1)!]),
    );
  });
}

describe('the highlighting of circuit files', () => {
  it('is contributed with its language', () => {
    for (const [at, language] of manifest.contributes.languages.entries()) {
      const contributed = manifest.contributes.grammars[at]!;
      assert.equal(contributed.language, language.id);
      assert.equal(contributed.scopeName, grammar.scopeName);
      assert.deepEqual(language.extensions, [`.${language.id}`]);
    }
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
    assert.deepEqual(listed.toSorted(), [...keywords, ...Object.keys(auditWords)].sort());
  });

  it('colours each piece as what the parser reads', async () => {
    const coloured = await scopes(everything);
    for (const { kind, raw, start } of lex(everything).lexemes) {
      const scope = coloured[lineAt(everything, start)]!.get(raw) ?? '';
      if (kind === 'number') assert.match(scope, /^constant\.numeric/, raw);
      if (kind === 'comment') assert.match(scope, /^comment\./, raw);
      if (kind === 'word' && /^L\d/.test(raw)) assert.match(scope, /^entity\./, raw);
      if (kind === 'word' && isKeyword(raw)) assert.match(scope, /^(keyword|constant|support)\./, raw);
    }
  });

  // In the notation of vscode-tmgrammar-test: under a line, what each of its pieces is coloured as.
  for (const name of readdirSync('test/unit/grammar')) {
    it(`colours ${name} as its marks say`, async () => {
      const text = readFileSync(`test/unit/grammar/${name}`, 'utf8');
      const stated = parseGrammarTestCase(text);
      assert.ok(stated.assertions.length >= 10);
      const failures = await runGrammarTestCase(registry, stated);
      assert.deepEqual(
        failures.map(({ line, start, missing, unexpected, actual }) => ({
          line: line + 1,
          text: text.split('\n')[line]!.slice(start),
          missing,
          unexpected,
          actual,
        })),
        [],
      );
    });
  }
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
    assert.equal(parts.length, 5);
    for (const part of parts) {
      const expectations = part
        .trim()
        .split('\n')
        .map((line) => line.replace(/^expect /, ''));
      assert.deepEqual(parseCircuit(circuitText({ contrast: '"b"', expectations })).diagnostics, []);
    }
  });

  it('says of every word what the editor says of it', () => {
    const rows = [...documentation.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, word, says]) => [
      word,
      says,
    ]);
    assert.deepEqual(
      rows,
      keywords.map((word) => [word, words[word]]),
    );
  });

  it('has the grammar of the parser’s words', () => {
    const rules = blocks('ebnf')[0]!
      .split(/\n(?=\w)/)
      .filter((rule) => !/^(head|neuron|mlp|layer|name|number|count|text|fence|escape) /.test(rule));
    const words = rules.flatMap((rule) => [...rule.matchAll(/"(\w+)"/g)].map((match) => match[1]!));
    assert.deepEqual([...new Set(words)].sort(), [...keywords].sort());
  });
});
