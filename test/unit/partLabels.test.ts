import assert from 'node:assert/strict';
import { neuronName } from '../../src/core/model';
import { headLabel, neuronLabel, supportInWords } from '../../src/core/partIndex/label';
import { classOf } from '../../src/core/partIndex/tokenClass';
import { type Attended, attended, type IndexedHead, readPartName } from '../../src/core/partIndex/types';

/** A side of a neuron from texts in which `|` stands behind the token where it is most active; tokens are split at spaces. */
function side(texts: readonly string[], promoted: readonly string[] = []) {
  const contexts = texts.map((text) => {
    const tokens = text
      .replaceAll('|', '')
      .split(' ')
      .map((token) => token.replaceAll('_', ' ').replaceAll('⏎', '\n'));
    const peak = text.split(' ').findIndex((token) => token.endsWith('|'));
    return { tokens, values: tokens.map((_, index) => Number(index === peak)), peak, file: 'a.py', line: 1 };
  });
  const promotes = promoted.map((text) => ({ text, effect: 0.1 }));
  return { sign: 1 as const, frequency: 0.01, contexts, promotes, suppresses: [] };
}

const named = (...args: Parameters<typeof side>) => {
  const label = neuronLabel(side(...args));
  return label && `${label.text}: ${supportInWords(label)}`;
};

describe('names of neurons', () => {
  it('say what was read last and what is promoted, where both hold', () => {
    const texts = ['x return| self', 'y _return| self', 'return| self', 'return| None', 'yield| self'];
    assert.equal(
      named(texts, ['self', 'cls']),
      'after `return`, promotes `self`: holds in 3 of its 5 strongest contexts',
    );
  });

  it('say one of the two where only one has support', () => {
    const texts = ['x return| self', 'y return| 1', 'return| x', 'return| None', 'yield| self'];
    assert.equal(named(texts, ['foo']), 'after `return`: holds in 4 of its 5 strongest contexts');
    assert.equal(
      named(['a| self', 'b| self', 'c| x', 'd| self'], ['self']),
      'promotes `self`: holds in 3 of its 4 strongest contexts',
    );
  });

  it('know kinds of tokens', () => {
    assert.equal(
      named(['f ( a| )', 'g [ b| ]', 'h ( c| ),', 'x d| y'], [')', ']', ')]', 'foo']),
      'closes brackets: holds in 3 of its 4 strongest contexts',
    );
    assert.match(
      named(['x ⏎| a', 'y ⏎__| b', ': ⏎⏎| c', 'd| e'])!,
      /^after a line break: holds in 3 of its 4/,
    );
    assert.match(
      named(['x (| a', 'y [| b', ': {| c', 'd ((| e'])!,
      /^after an opening bracket: holds in 4 of its 4/,
    );
  });

  it('look at the token before and at the start of the line', () => {
    assert.match(
      named(['def a| (', 'def b| (', 'def c| (', 'def d| (', 'x y| z'])!,
      /^one token after `def`: holds in 4/,
    );
    const lines = ['x ⏎ import a b| c', 'y ⏎ import d , e| f', 'z ⏎ import g as h| i', 'p ⏎ q r| s'];
    assert.match(named(lines)!, /^on a line that begins with `import`: holds in 3 of its 4/);
  });

  it('are not given without support', () => {
    assert.equal(named(['return| self', 'return| self', 'return| self'], ['self']), null, 'too few contexts');
    assert.equal(named(['a| b', 'c| d', 'e| f', 'g| h', 'return| self'], ['self']), null, 'nothing shared');
    assert.equal(
      named(['a| b', 'c| d', 'e| f', 'g| h'], ['self', 'cls']),
      null,
      'what is promoted never came',
    );
    assert.equal(
      named(['a| )', 'c| )', 'e| )', 'g| )'], ['foo', 'bar', 'baz', 'x']),
      null,
      'what came was not promoted',
    );
  });
});

describe('names of heads', () => {
  const scores = { layer: 0, head: 0, previous: 0, duplicate: 0, induction: 0, copying: 0, roles: [] };
  const head = (
    shares: Partial<Record<Attended, [number, number]>>,
    measured: Partial<IndexedHead['scores']> = {},
  ) =>
    headLabel({
      kind: 'head',
      name: 'L0H0',
      layer: 0,
      index: 0,
      scores: { ...scores, ...measured },
      attention: Object.fromEntries(
        attended.map((kind) => {
          const [share, chance] = shares[kind] ?? [0.01, 0.01];
          return [kind, { share, chance }];
        }),
      ) as IndexedHead['attention'],
      entropy: 1,
      contexts: [],
    });

  it('are the measured role with its score, before what is seen in code', () => {
    const label = head(
      { newline: [0.9, 0.1] },
      { induction: 0.7, copying: 0.9, roles: ['copying', 'induction'] },
    )!;
    assert.match(label.text, /^looks at what followed an earlier occurrence .*, writes what it reads/);
    assert.equal(supportInWords(label), 'score 0.70, named from 0.40');
  });

  it('are what most of the attention goes to, more than by chance', () => {
    const label = head({ newline: [0.5, 0.1], previous: [0.2, 0.02] })!;
    assert.equal(label.text, 'looks at line breaks');
    assert.equal(supportInWords(label), '50% of its attention, where equal attention would give 10%');
    assert.equal(head({ newline: [0.5, 0.3] }), null, 'not twice the chance');
    assert.equal(head({ newline: [0.39, 0.01] }), null, 'not enough');
    assert.equal(
      head({ bracket: [0.8, 0.1], opener: [0.7, 0.01] })!.text,
      'looks at the innermost open bracket',
    );
    assert.equal(head({ bracket: [0.8, 0.1], opener: [0.5, 0.01] })!.text, 'looks at brackets');
    assert.equal(head({ first: [0.85, 0.01] })!.text, 'rests on the first token');
  });
});

describe('tokens and names of parts', () => {
  it('have classes', () => {
    const classes = {
      '\n    ': 'lineBreak',
      '    ': 'indentation',
      ')': 'closing',
      '):': 'closing',
      '((': 'opening',
    };
    for (const [token, name] of Object.entries({
      ...classes,
      '"': 'quote',
      '42': 'number',
      '==': 'operator',
      ' MAX_SIZE': 'capitals',
    }))
      assert.equal(classOf(token), name, JSON.stringify(token));
    for (const token of ['self', ' x', '', 'a)', 'A', '.']) assert.equal(classOf(token), null, token);
  });

  it('are read and written', () => {
    assert.equal(neuronName(3, 118), 'L3N118');
    assert.deepEqual(readPartName('L3N118'), { kind: 'neuron', layer: 3, index: 118 });
    assert.deepEqual(readPartName('L12H0'), { kind: 'head', layer: 12, index: 0 });
    for (const name of ['L3MLP', 'L3N', 'N118', 'L3N1x', 'L-1N1', 'l3n1', ''])
      assert.equal(readPartName(name), null);
  });
});
