import assert from 'node:assert/strict';
import { lex } from '../../src/core/circuitFile/lexer';
import { circuitLimits } from '../../src/core/circuitFile/limits';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import type { Claim, Expectation } from '../../src/core/circuitFile/syntax';
import { keywords } from '../../src/core/circuitFile/words';
import { circuitText, everything } from './support/circuitText';

const parsed = (text: string) => {
  const { file, diagnostics } = parseCircuit(text);
  assert.deepEqual(diagnostics, []);
  return file!;
};
/** The mistakes of a file, each with the text that it points at. */
const mistakes = (text: string) =>
  parseCircuit(text).diagnostics.map(({ start, end, message }) => [text.slice(start, end), message]);
const expectation = (line: string): Expectation =>
  parsed(circuitText({ contrast: '"b"', declarations: 'group pair: L2H0, L1MLP', expectations: [line] }))
    .expectations[0]!;
const claim = (line: string): Claim => expectation(line).claim;
const mistake = (line: string) =>
  mistakes(circuitText({ declarations: 'group pair: L2H0, L1MLP', expectations: [line] }));

describe('a circuit file', () => {
  it('is read with everything that the language has', () => {
    const file = parsed(everything);
    assert.equal(file.name, 'Everything');
    assert.equal(file.description, 'All words, once.');
    assert.equal(file.model, 'whence-code');
    assert.equal(file.language, 'python');
    assert.deepEqual(
      file.slots.map(({ names, rows }) => ({ names, rows })),
      [
        {
          names: ['open', 'close'],
          rows: [
            ['(', ')'],
            ['[', ']'],
          ],
        },
      ],
    );
    assert.deepEqual(
      file.prompts.map(({ kind, value }) => [kind, value]),
      [
        ['inline', 'x = f{open}a, 1'],
        ['inline', 'def f():\n    return g{open}1'],
        ['file', 'prompt.py'],
      ],
    );
    assert.equal(file.answer, '{close}');
    assert.equal(file.contrast, '"\\\n');
    assert.ok(file.expectations.length > 10);
  });

  it('needs every keyword there is', () => {
    const words = new Set(
      lex(everything).lexemes.flatMap(({ kind, value }) => (kind === 'word' ? [value] : [])),
    );
    assert.deepEqual(
      keywords.filter((keyword) => !words.has(keyword)),
      [],
    );
  });

  it('takes a text that holds three quotes between lines of four', () => {
    const text = circuitText({}).replace('"x = a\\ny = "', '""""\n  """Says a."""\n  y = \n""""');
    assert.deepEqual(parseCircuit(text).diagnostics, []);
    assert.equal(parseCircuit(text).file!.prompts[0]!.value, '"""Says a."""\ny = ');
  });

  it('states bounds in four ways', () => {
    const bound = (words: string) => {
      const found = claim(`logit ${words}`);
      return 'bound' in found ? found.bound : null;
    };
    assert.deepEqual(bound('at least -2'), { least: -2, most: null });
    assert.deepEqual(bound('at most 2.5'), { least: null, most: 2.5 });
    assert.deepEqual(bound('between 1 and 2'), { least: 1, most: 2 });
    assert.deepEqual(bound('about 3 give or take 0.5'), { least: 2.5, most: 3.5 });
  });

  it('states in how many cases', () => {
    assert.deepEqual(expectation('rank at most 1').quantifier, { kind: 'all' });
    assert.deepEqual(expectation('rank at most 1 in all cases').quantifier, { kind: 'all' });
    assert.deepEqual(expectation('rank at most 1 in most cases').quantifier, { kind: 'most' });
    assert.deepEqual(expectation('rank at most 1 on average').quantifier, { kind: 'average' });
    assert.deepEqual(expectation('rank at most 1 in at least 1 of 2 cases').quantifier, {
      kind: 'count',
      least: 1,
      of: 2,
    });
  });

  it('names parts, groups and places', () => {
    const ablation = claim('mean ablation of pair lowers probability by at least 0.1');
    assert.ok(ablation.kind === 'cause' && ablation.cause.kind === 'mean');
    const { parts } = ablation.cause;
    assert.deepEqual([parts.label, parts.names], ['pair', ['L2H0', 'L1MLP']]);
    const share = claim('share of first symbol "a" at least 0.1');
    assert.ok(share.kind === 'share');
    const { start: _, end: __, ...place } = share.place;
    assert.deepEqual(place, { kind: 'symbol', text: 'a', which: 'first' });
  });

  it('keeps where each expectation stands and what it says', () => {
    const text = circuitText({ expectations: ['rank   at most 1  # the first choice', 'logit at least 1'] });
    const [first, second] = parsed(text).expectations;
    assert.equal(first!.text, 'rank at most 1');
    assert.equal(text.slice(first!.start, first!.end), 'expect rank   at most 1');
    assert.equal(text.split('\n')[second!.line - 1], 'expect logit at least 1');
  });
});

describe('what is done to the model', () => {
  const cause = (line: string) => {
    const found = claim(`${line} lowers probability by at least 0.1`);
    assert.ok(found.kind === 'cause');
    const { cause: done } = found;
    return 'parts' in done ? { ...done, parts: done.parts.names } : done;
  };

  it('is an ablation, a patch, a factor or a steering vector', () => {
    assert.deepEqual(cause('zero ablation of L3N118'), { kind: 'zero', parts: ['L3N118'] });
    assert.deepEqual(cause('patching of L3 from "x ="'), { kind: 'patching', parts: ['L3'], prompt: 'x =' });
    assert.deepEqual(cause('scaling of pair by 0.5'), {
      kind: 'scaling',
      parts: ['L2H0', 'L1MLP'],
      factor: 0.5,
    });
    assert.deepEqual(cause('steering with "a.json"'), { kind: 'steering', path: 'a.json', times: 1 });
    assert.deepEqual(cause('steering with "a.json" by -2'), { kind: 'steering', path: 'a.json', times: -2 });
  });

  it('is asked for where a part of it is missing', () => {
    const message = (line: string) => mistake(line)[0]?.[1] ?? '';
    assert.equal(
      message('patching of pair lowers probability by at least 0.1'),
      'Expected “from”, found “lowers”.',
    );
    assert.match(message('patching of pair from L2H0'), /^Expected another prompt in double quotes, found/);
    assert.match(message('patching of pair from "" lowers logit by at least 1'), /The prompt is empty/);
    assert.equal(message('scaling of pair lowers logit'), 'Expected “by”, found “lowers”.');
    assert.match(message('scaling of pair by half lowers logit'), /^Expected a number, found “half”/);
    assert.match(message('steering of pair'), /^Expected “with”, found “of”/);
    assert.match(message('steering with pair'), /^Expected the path of a steering vector in double quotes/);
    assert.match(message('scaling of pair by 2 breaks logit'), /^Expected what it does: “lowers”, “raises”/);
  });

  it('is to parts that can be so measured', () => {
    const message = (line: string) => mistake(line)[0]?.[1] ?? '';
    assert.match(
      message('direct effect of L3N118 at least 1'),
      /cannot be measured of L3N118: expected a head/,
    );
    assert.match(message('activation of L3H2 at end at least 1'), /^“L3H2” is no neuron/);
    assert.match(message('attention of L3N2 from end to end at least 0'), /^“L3N2” is no head/);
    assert.match(message('zero ablation of L3X lowers logit by at least 1'), /^“L3X” is unknown: parts are/);
  });

  it('and a circuit’s qualities are bounded by themselves or beside random groups', () => {
    const above = (line: string) => {
      const found = claim(line);
      return found.kind === 'circuit' && [found.aboveRandom, found.bound];
    };
    assert.deepEqual(above('faithfulness of pair at least 0.5'), [false, { least: 0.5, most: null }]);
    assert.deepEqual(above('completeness of pair above random by at least 0.1'), [
      true,
      { least: 0.1, most: null },
    ]);
    assert.match(
      mistake('minimality of pair above random by at least 1')[0]![1]!,
      /no random groups stand beside it/,
    );
    assert.match(mistake('faithfulness of pair above at least 1')[0]![1]!, /“random by”/);
  });

  it('and a circuit’s qualities have no cases, a continuation no average', () => {
    const message = (line: string) => mistake(line)[0]?.[1] ?? '';
    assert.match(message('faithfulness of pair at least 0.8 in all cases'), /over all cases together/);
    assert.match(message('continuation "a" on average'), /A text has no average/);
    assert.match(message('continuation ""'), /continuation is empty/);
  });
});

describe('mistakes in a circuit file', () => {
  it('say what was expected, where it was', () => {
    assert.deepEqual(mistake('rank at lest 1'), [
      ['lest', 'Expected a bound: “least”, “most”, found “lest”.'],
    ]);
    assert.deepEqual(mistake('rank below 1'), [
      [
        'below',
        'Expected a bound: “at least”, “at most”, “between … and …” or “about … give or take …”, found “below”.',
      ],
    ]);
    assert.deepEqual(mistake('attention of L2H0 to end at least 1'), [
      ['to', 'Expected “from”, found “to”.'],
    ]);
    assert.deepEqual(mistake('rank at most'), [['\n', 'Expected a number, found the end of the line.']]);
    assert.deepEqual(mistake('rank at most 1 always'), [
      ['always', 'Expected the end of the line, found “always”.'],
    ]);
    assert.deepEqual(mistake('origin invented'), [
      ['invented', 'Expected an origin: “copied”, “composed”, “recalled”, found “invented”.'],
    ]);
  });

  it('name an expectation that Whence does not know', () => {
    const [[where, message] = []] = mistake('trustworthiness of pair at least 0.8');
    assert.equal(where, 'trustworthiness');
    assert.match(
      message!,
      /^“trustworthiness” is no expectation that Whence knows: use “probability”, “rank”/,
    );
  });

  it('are told all at once, a statement each', () => {
    const text = circuitText({
      declarations: 'grop a: L1H0\ngroup b: L1H0,\n  L1X\ngroup: L1H0',
      expectations: ['rank at 1', 'probability at least 0.5', 'origin of nothing'],
    });
    assert.deepEqual(
      mistakes(text).map(([where]) => where),
      ['grop', 'L1X', ':', '1', 'of'],
    );
    assert.equal(parseCircuit(text).file, null);
  });

  it('are found in names', () => {
    const declared = (declarations: string) => mistakes(circuitText({ declarations }))[0]!;
    assert.match(declared('group rank: L1H0')[1]!, /is a word of the language/);
    assert.match(declared('group L3H2: L1H0')[1]!, /is a part of the model/);
    assert.match(declared('group a: L1H0\ngroup a: L1H0')[1]!, /is declared already/);
    assert.match(declared('group a: b')[1]!, /^“b” is unknown/);
    assert.match(declared('place a: somewhere')[1]!, /^“somewhere” is unknown/);
    assert.match(declared('slot a and b: "1"')[1]!, /Expected 2 values/);
    assert.match(declared('slot a: "1"')[1]!, /The slot a is used nowhere/);
    assert.match(mistake('attention of pair from end to end at least 0')[0]![1]!, /^“pair” is no head/);
  });

  it('are found in numbers', () => {
    const message = (line: string) => mistake(line)[0]?.[1] ?? '';
    assert.match(message('probability at least 50'), /^A probability is from 0 to 1/);
    assert.match(message('attention of L1H0 from end to end at least 1.5'), /^Attention is from 0 to 1/);
    assert.match(message('rank at most 0'), /^A rank is at least 1/);
    assert.match(message('logit between 2 and 1'), /^Nothing lies between/);
    assert.match(message('logit about 2 give or take -1'), /cannot be negative/);
    assert.match(message('share of lines 3 to 2 at least 0'), /^Lines 3 to 2 are none/);
    assert.match(message('share of line 0 at least 0'), /must be 1, 2, 3/);
    assert.match(message('rank at most 1 in at least 2 of 9 cases'), /make 2 cases, not 9/);
    assert.match(message('rank at most 1 in at least 3 of 2 cases'), /can never hold/);
  });

  it('are found in what does not belong together', () => {
    const message = (line: string) => mistake(line)[0]?.[1] ?? '';
    assert.match(message('logit difference at least 1'), /needs the other token/);
    assert.match(
      message('zero ablation of pair lowers logit difference by at least 1'),
      /needs the other token/,
    );
    assert.match(message('zero ablation of pair lowers rank by at least 1'), /rank says little/);
    assert.match(message('origin copied on average'), /no average/);
    assert.match(message('role of L1H0 previous in all cases'), /once for the model/);
    assert.match(message('share of text "" at least 0'), /is empty/);
  });

  it('are what is missing or stands twice', () => {
    assert.deepEqual(
      mistakes('').map(([, message]) => message!.split(':')[0]),
      [
        'The file needs a line as circuit "What it shows".',
        'The file needs a prompt',
        'The file needs the answer that it speaks of',
        'The file expects nothing',
      ],
    );
    const twice = `${circuitText({})}answer "b"\n`;
    assert.deepEqual(mistakes(twice), [
      ['answer', '“answer” stands in the file already: a circuit has one.'],
    ]);
  });

  it('are found in texts', () => {
    const message = (written: string) => mistakes(circuitText({}).replace('"a"', written))[0];
    assert.deepEqual(message('"a'), ['"a', 'The text has no closing " on its line.']);
    assert.deepEqual(message('"a\\q"'), ['\\q', '\\q is no escape: use \\n, \\t, \\" or \\\\.']);
    assert.match(message('"""a"""')![1]!, /begins on the next line/);
    assert.match(message('"""\na')![1]!, /one of them is missing/);
    assert.deepEqual(message('“a”')![0], '“');
  });

  it('are what is too large', () => {
    const long = parseCircuit(`# ${'x'.repeat(circuitLimits.characters)}`);
    assert.match(long.diagnostics[0]!.message, /split it/);
    const rows = Array.from({ length: 101 }, (_, index) => `"${index}"`).join(', ');
    const many = circuitText({ declarations: `slot one: ${rows}\nslot two: ${rows}\nprompt "{one}{two}"` });
    assert.match(mistakes(many)[0]![1]!, /more than 1000/);
    const expectations = Array.from({ length: circuitLimits.expectations + 1 }, () => 'rank at most 1');
    assert.match(mistakes(circuitText({ expectations }))[0]![1]!, /200 expectations at most/);
    assert.equal(mistakes('?\n'.repeat(1000)).length, circuitLimits.diagnostics);
  });

  it('are told in the end, whatever a file as large as may be repeats', function () {
    this.timeout(60_000);
    for (const text of [
      '"',
      '"""',
      '"""\n',
      ' ',
      'a,',
      '"a" and ',
      '-',
      '\r',
      '{a}',
      'expect\n',
      'group a: L1H0\n',
    ]) {
      const { file, diagnostics } = parseCircuit(text.repeat(circuitLimits.characters / text.length));
      assert.equal(file, null);
      assert.ok(diagnostics.length > 0 && diagnostics.length <= circuitLimits.diagnostics, text);
    }
  });
});
