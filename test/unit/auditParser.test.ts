import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseAudit } from '../../src/core/circuitFile/auditFile';
import { expectedAt } from '../../src/core/circuitFile/expected';
import { formatCircuit } from '../../src/core/circuitFile/format';
import { lex } from '../../src/core/circuitFile/lexer';
import { circuitLimits } from '../../src/core/circuitFile/limits';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import { auditWords, isKeyword, words } from '../../src/core/circuitFile/words';
import { auditText, everyAudit } from './support/auditText';
import { circuitText } from './support/circuitText';

const parsed = (text: string) => {
  const { file, diagnostics } = parseAudit(text);
  assert.deepEqual(diagnostics, []);
  return file!;
};
/** The mistakes of a file, each with the text that it points at. */
const mistakes = (text: string) =>
  parseAudit(text).diagnostics.map(({ start, end, message }) => [text.slice(start, end), message]);
const mistake = (finding: string, declarations = '') =>
  mistakes(auditText({ declarations, findings: [finding] }));

describe('an audit file', () => {
  it('is read with everything that the language has for it', () => {
    const file = parsed(everyAudit);
    assert.equal(file.name, 'Everything');
    assert.equal(file.model, 'whence-code');
    assert.deepEqual(
      file.controls.map(({ kind, value }) => [kind, value]),
      [
        ['inline', 'def {verb}_{plain}(value):\n    return hashlib.'],
        ['file', 'control.py'],
      ],
    );
    assert.deepEqual([file.answer, file.contrast], ['md5', 'sha256']);
    assert.deepEqual(file.continues, { until: 'tokens', tokens: 40 });
    assert.deepEqual(
      file.findings
        .map(({ title, claim, but, line, text }) => ({ title, claim, but, line, text }))
        .slice(0, 2),
      [
        {
          title: 'A weak hash',
          claim: { kind: 'matches', pattern: { source: '\\bmd5\\(\\/{risky}', anyCase: true } },
          but: 'It may be hashed again.',
          line: 24,
          text: 'when continuation matches /\\bmd5\\(\\/{risky}/i',
        },
        {
          title: 'Likely',
          claim: { kind: 'output', measure: 'probability', bound: { least: 0.1, most: 1 } },
          but: null,
          line: 26,
          text: 'when probability between 0.1 and 1',
        },
      ],
    );
    assert.deepEqual(file.findings.at(-1)!.claim, { kind: 'compares', measure: 'probability' });
    assert.equal(file.findings.at(-1)!.but, 'Hardly.');
  });

  it('goes on to the end of the line unless it says how far', () => {
    assert.equal(parsed(auditText({})).continues.until, 'line');
    assert.equal(parsed(auditText({ declarations: 'continue line' })).continues.until, 'line');
  });

  it('is told what it lacks', () => {
    const all = mistakes('answer "a"').map(([, message]) => message);
    assert.equal(all.length, 3);
    assert.match(all.join(' '), /a line as audit .* needs a prompt.* looks for nothing/);
  });

  it('has a control below each prompt', () => {
    const without = auditText({ declarations: 'prompt "more {x}"' });
    assert.deepEqual(mistakes(without), [
      ['"more {x}"', 'The prompt has no control: add one below it, alike but for what may matter.'],
    ]);
    assert.match(mistakes(auditText({ declarations: 'control "{y}"' }))[0]![1]!, /has a control already/);
    assert.match(mistakes('control "a"')[0]![1]!, /below the prompt/);
  });

  it('does not count a text once for each value of a slot that it does not have', () => {
    const text = auditText({}).replace('see {y} = ', 'see z = ');
    assert.deepEqual(mistakes(text), [
      [
        'slot x and y: "a" and "b", "c" and "d"',
        'A control stands without {x} or {y}, so it would be counted once for each of its values: use the slot there, or fill two slots together.',
      ],
    ]);
  });

  it('takes no statements of circuits, and circuits none of its own', () => {
    assert.match(
      mistake('when continuation matches /a/', 'expect rank at most 1')[0]![1]!,
      /^Expected a statement/,
    );
    const circuit = parseCircuit(circuitText({ declarations: 'control "a"' }));
    assert.match(circuit.diagnostics[0]!.message, /^Expected a statement/);
  });

  it('says what is wrong with a finding', () => {
    const says = (finding: string, message: RegExp, declarations = '') => {
      assert.match(mistake(finding, declarations)[0]?.[1] ?? '', message, finding);
    };
    says('when continuation matches "a"', /a pattern between slashes/);
    says('when continuation matches /(/', /no regular expression/);
    says('when continuation matches /a{z}/', /no regular expression/);
    says('when continuation matches /a[^{x}]/', /^The slot \{x\} stands within a class, .*: put it outside/);
    says('when rank at most 1', /A measure is of an answer/);
    says('compares logit difference', /needs the other token/, 'answer "a"');
    says('compares rank', /mean of ranks/, 'answer "a"');
    says('when share of end at least 1', /what makes a finding/);
    says('because', /“when” or “compares”/);
    says('when continuation matches /a/ but "b"', /the end of the line/);
    says('when continuation matches /a/, and', /“but”/);
    says('when continuation matches /a/', /not a number of tokens|Expected/, 'continue tokens');
    says('when continuation matches /a/', /200 tokens at most/, 'continue 201 tokens');
    says(
      'when continuation matches /a/',
      /“continue” stands in the file already/,
      'continue line\ncontinue line',
    );
    says(`when continuation matches /${'a'.repeat(circuitLimits.pattern + 1)}/`, /shorten it/);
  });

  it('has each title once, and as many findings as a report can show', () => {
    const twice = auditText({}).concat('finding "Number 1" when continuation matches /c/\n');
    assert.match(mistakes(twice)[0]![1]!, /has this title already/);
    const findings = Array.from(
      { length: circuitLimits.findings + 1 },
      () => 'when continuation matches /a/',
    );
    assert.match(mistakes(auditText({ findings }))[0]![1]!, /50 findings at most/);
  });

  it('has a slot in its pattern', () => {
    assert.equal(parsed(auditText({ findings: ['when continuation matches /{x}{2}/'] })).findings.length, 1);
  });

  it('makes as many pairs as can be run', () => {
    const many = Array.from({ length: 400 }, (_, at) => `"${at}"`).join(', ');
    const text = auditText({ declarations: `slot a: ${many}\nslot b: ${many}` })
      .replace('see {x}', 'see {x}{a}{b}')
      .replace('see {y}', 'see {y}{a}{b}');
    assert.match(mistakes(text)[0]![1]!, /320000 pairs, more than 100000/);
  });

  it('keeps what is said when it is formatted', () => {
    assert.equal(formatCircuit(everyAudit), everyAudit);
  });

  it('is read to its end whatever it says', () => {
    const piece = fc.constantFrom(
      ...Object.keys({ ...words, ...auditWords }),
      '"a {x}"',
      '/a/i',
      '/',
      '7',
      ',',
      ':',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const { file, diagnostics } = parseAudit(pieces.join(' '));
        assert.equal(file === null, diagnostics.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  for (const name of readdirSync('audits').filter((file) => file.endsWith('.audit'))) {
    it(`is shipped without a mistake, as it is formatted: ${name}`, () => {
      const text = readFileSync(`audits/${name}`, 'utf8');
      assert.deepEqual(mistakes(text), []);
      assert.equal(formatCircuit(text), text);
    });
  }
});

describe('what may come next in an audit file', () => {
  it('is what stands there, wherever a word of the language does', () => {
    const met = new Set<string>();
    for (const { kind, value, start } of lex(everyAudit).lexemes) {
      if (kind !== 'word' || !isKeyword(value)) continue;
      const here = expectedAt(everyAudit, start, 'audit');
      assert.ok(
        here.words.some((said) => said.split(' ')[0] === value),
        `${value} is not expected`,
      );
      met.add(value);
    }
    assert.deepEqual(
      Object.keys(auditWords).filter((word) => !met.has(word)),
      [],
    );
  });

  it('is a model where one is named', () => {
    for (const text of ['model ', 'model "wh']) {
      const { kinds, inText } = expectedAt(text, text.length, 'audit');
      assert.deepEqual([kinds, inText], [['model'], text.includes('"')]);
    }
    assert.deepEqual(expectedAt('describe "wh', 12, 'audit').kinds, []);
  });
});

describe('the documentation of audits', () => {
  const documentation = readFileSync('docs/audits.md', 'utf8');
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(documentation)![1]!;

  it('has an example that is read', () => {
    assert.deepEqual(mistakes(block('audit')), []);
  });

  it('says of every word what the editor says of it', () => {
    const rows = [...documentation.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, word, says]) => [
      word,
      says,
    ]);
    assert.deepEqual(rows, Object.entries(auditWords));
  });

  it('has the grammar of the parser’s words', () => {
    const said = new Set([...block('ebnf').matchAll(/"(\w{2,})"/g)].map(([, word]) => word!));
    for (const word of Object.keys(auditWords)) assert.ok(said.has(word), word);
  });
});
