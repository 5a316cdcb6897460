import assert from 'node:assert/strict';
import { type AnswerKind, answerOf, confidenceOf } from '../../src/core/answer';
import type { Component, Explanation, Source, SpanToken, Verification } from '../../src/core/explanation';
import type { HeadScores } from '../../src/core/model';
import { originOf } from '../../src/core/origin';

/** Two lines of code, token by token, as an explanation lists them: the last is the one before the explained token. */
const texts = ['<|py|>', 'self', '.', 'total', ' =', ' 0', '\n', 'print', '(', 'self', '.'];

/** An explanation of `total` after them, in which the given sources and components add up to 10. */
function explanationOf(
  scores: Readonly<Record<number, number>>,
  parts: Readonly<Record<string, number>>,
  rest: Partial<Explanation> = {},
): Explanation {
  let at = 0;
  const tokens = texts.map((text, index) => {
    const start = at;
    if (index > 0) at += text.length;
    return { index, id: 100 + texts.indexOf(text), text, start, end: at };
  });
  const sources = tokens.map(({ index }): Source => ({ index, score: scores[index] ?? 0 }));
  // A source is what attention brought and, for the last token, its own embedding.
  const fetched = sources.map(({ index, score }) => ({
    index,
    score: index === texts.length - 1 ? score - (parts.embed ?? 0) : score,
  }));
  const components = Object.entries(parts).map(
    ([name, direct]): Component => ({ name, direct, total: null }),
  );
  return {
    schemaVersion: 1,
    model: {
      id: 'm',
      sha256: '0'.repeat(64),
      architecture: 'LlamaForCausalLM',
      parameters: 1,
      precision: 'fp32',
    },
    method: 'direct',
    metric: 'logit',
    tokens,
    target: {
      index: texts.length,
      id: 103,
      text: 'total',
      logit: 12,
      probability: 0.9,
      rank: 1,
      entropy: 0.5,
      alternatives: [{ id: 103, text: 'total', probability: 0.9 }],
    },
    span: null,
    contrast: null,
    total: 10,
    remainder: 0,
    sources,
    fetched,
    components,
    checks: [{ name: 'components sum to the metric', value: 0, limit: 1e-4, holds: true }],
    warnings: [],
    verification: null,
    recall: null,
    name: null,
    lens: [],
    settled: null,
    heads: [
      { layer: 3, head: 1, direct: 6, attention: [], bySource: [{ index: 3, score: 6 }] },
      { layer: 2, head: 0, direct: 1, attention: [], bySource: [{ index: 3, score: 1 }] },
    ],
    ...rest,
  };
}

const lineOf = (index: number) => (index <= 6 ? 40 : 41);

const scores = (layer: number, head: number, roles: HeadScores['roles']): HeadScores => ({
  layer,
  head,
  previous: 0,
  duplicate: 0,
  induction: 0,
  copying: 0,
  roles,
});

const copied = explanationOf({ 3: 7, 7: 1 }, { embed: 0, L3H1: 7, L2H0: 1, L3MLP: 2 });
const recalled = explanationOf({ 9: 0.5 }, { embed: 0, L3H1: 0.5, L0MLP: 6, L1MLP: 0.5, L3MLP: 3 });
const composed = explanationOf({ 1: 2, 7: 3 }, { embed: 0, L3H1: 5, L3MLP: 5 });

describe('answer', () => {
  it('says copied, from which line and by which heads, when attention brought it from the same text', () => {
    const answer = answerOf(copied, [scores(3, 1, ['copying', 'induction'])], lineOf);
    assert.equal(answer.kind, 'copied');
    assert.equal(answer.sentence, 'Copied from line 41 (self.total = 0), by an induction head (L3H1).');
    assert.deepEqual(answer.parts.slice(0, 4), [
      { kind: 'words', text: 'Copied from ' },
      { kind: 'place', text: 'line 41', index: 3 },
      { kind: 'words', text: ' (' },
      { kind: 'code', text: 'self.total = 0' },
    ]);
    assert.equal(answerOf(copied, null, lineOf).sentence.includes('by head L3H1'), true);
  });

  it('names several heads, by the role that all of them have', () => {
    const heads = copied.heads.map((head) => ({ ...head, bySource: [{ index: 3, score: 3 }] }));
    const both = { ...copied, heads };
    const sentence = (second: HeadScores['roles']) =>
      answerOf(both, [scores(3, 1, ['copying', 'induction']), scores(2, 0, second)], lineOf).sentence;
    assert.match(sentence(['induction']), /, by induction heads \(L3H1 and L2H0\)\.$/);
    assert.match(sentence(['copying']), /, by copying heads \(L3H1 and L2H0\)\.$/);
    assert.match(sentence([]), /, by heads \(L3H1 and L2H0\)\.$/);
  });

  it('says recalled, with the share and the layers, when the MLPs wrote it', () => {
    const answer = answerOf(recalled, null, lineOf);
    assert.equal(answer.kind, 'recalled');
    assert.equal(
      answer.sentence,
      'Recalled from the weights: 95% of its lead comes from the MLPs of layers 0 and 3, and it was copied from no place in the context.',
    );
    const contrast = { id: 1, text: ' items', logit: 2, probability: 0.1 };
    assert.match(
      answerOf({ ...recalled, contrast }, null, lineOf).sentence,
      /95% of its lead over ‘items’ comes/,
    );
  });

  it('says composed, from which tokens, when attention brought it from other text', () => {
    const answer = answerOf(composed, null, lineOf);
    assert.equal(answer.kind, 'composed');
    assert.equal(answer.sentence, 'Composed from the context: mostly print on line 42 and self on line 41.');
    const near = explanationOf({ 9: 6 }, { L3H1: 6, L3MLP: 4 });
    assert.equal(answerOf(near, null, lineOf).kind, 'composed', 'the MLPs brought less than half');
  });

  it('says that it is not known where the sums fail, the token stood below the average, or is improbable', () => {
    const broken = [{ name: 'components sum to the metric', value: 1, limit: 1e-4, holds: false }];
    const unknown = (rest: Partial<Explanation>) => answerOf({ ...copied, ...rest }, null, lineOf);
    assert.match(
      unknown({ checks: broken }).sentence,
      /^Not known well enough to say: the parts do not add up/,
    );
    assert.match(unknown({ total: -1 }).sentence, /the model put this token below the average token\.$/);
    const target = { ...copied.target, probability: 0.001, rank: 312 };
    assert.match(unknown({ target }).sentence, /gave it only 0\.001, as its 312th choice\.$/);
    for (const rest of [{ checks: broken }, { total: -1 }, { target }])
      assert.equal(unknown(rest).kind, 'unknown');
  });

  it('does not call copied what attention did not bring from there', () => {
    const { kind, occurrences } = originOf(explanationOf({ 3: 0.1 }, { L3H1: 0.1, L3MLP: 9.9 }));
    assert.deepEqual(occurrences, [3]);
    assert.equal(kind, 'recalled');
  });

  it('finds the verbatim span: the text before the occurrence that matches the text before the token', () => {
    assert.deepEqual(originOf(copied).span, { first: 1, last: 3 });
    const elsewhere = { ...copied, target: { ...copied.target, text: 'print' } };
    assert.deepEqual(originOf(elsewhere).span, { first: 7, last: 7 });
    assert.equal(originOf({ ...copied, target: { ...copied.target, text: 'count' } }).span, null);
  });

  it('does not take the last token’s own embedding for something that was copied', () => {
    const repeated = explanationOf({ 10: 5, 2: 0 }, { embed: 5, L3MLP: 5 });
    const dot = { ...repeated, target: { ...repeated.target, text: '.' } };
    assert.equal(originOf(dot).copied, 0);
  });

  it('begins with the failure when the check did not hold, and tells what it measured', () => {
    const verification: Verification = {
      kind: 'deletion',
      named: [3, 7],
      effect: 5,
      randomEffect: 1,
      probability: { before: 0.9, named: 0.06, random: 0.8 },
      holds: true,
      tier: 'ablated',
    };
    const held = answerOf({ ...copied, verification }, null, lineOf);
    assert.equal(
      held.check,
      'Sources checked: without these 2 tokens of lines 41 and 42 the probability falls from 0.90 to 0.06; without as many random tokens to 0.80.',
    );
    assert.match(held.sentence, /^Copied/);
    const probability = { before: 0.9, named: 0.95, random: 0.9 };
    const failed = answerOf(
      {
        ...copied,
        verification: { ...verification, named: [3], probability, holds: false, tier: 'attributed' },
      },
      null,
      lineOf,
    );
    assert.match(failed.sentence, /^The explanation did not hold when it was checked\. It said: Copied/);
    assert.equal(failed.sentence, failed.parts.map(({ text }) => text).join(''));
    assert.match(
      failed.check!,
      /^Sources not confirmed: without this token of line 41 the probability goes from 0\.90 to 0\.95, its lead changes by −5\.00 logits; without as many random tokens by −1\.00 logits\.$/,
    );
    assert.equal(answerOf(copied, null, lineOf).check, null);
  });

  it('names the occurrence that is the strongest source too, and says where another line is stronger', () => {
    const scored = (scores: Readonly<Record<number, number>>) =>
      texts.map((_, index) => ({ index, score: scores[index] ?? 0 }));
    const fetched = scored({ 3: 2, 9: 1.2 });
    const explained = {
      ...copied,
      target: { ...copied.target, text: 'self' },
      fetched: scored({ 1: 2, 9: 1.2 }),
    };
    const by = (sources: readonly Source[]) => originOf({ ...explained, sources }).span!.last;
    assert.equal(by(scored({ 1: 3, 9: 1 })), 1);
    assert.equal(by(scored({ 1: 1, 9: 3 })), 9, 'it brought nearly as much, and is the stronger source');
    assert.equal(
      originOf({ ...explained, fetched: scored({ 1: 2, 9: 0.5 }), sources: scored({ 9: 3 }) }).span!.last,
      1,
    );
    const elsewhere = answerOf(
      { ...copied, fetched, sources: scored({ 3: 1, 7: 4 }) },
      null,
      lineOf,
    ).sentence;
    assert.match(elsewhere, /^Copied from line 41 .*; its strongest source is print on line 42\.$/);
    const same = answerOf({ ...copied, fetched, sources: scored({ 2: 4, 3: 1 }) }, null, lineOf).sentence;
    assert.doesNotMatch(same, /strongest/);
  });

  it('tells recalled from composed by the experiment, where it was made', () => {
    const recall = { nearby: 8, probability: 0.1, holds: false };
    assert.equal(originOf({ ...recalled, recall }).kind, 'composed');
    const held = { nearby: 8, probability: 0.8, holds: true };
    assert.equal(originOf({ ...composed, recall: held }).kind, 'recalled');
    assert.match(
      answerOf({ ...recalled, recall: held }, null, lineOf).sentence,
      /last 8 tokens it keeps 0\.80 of its/,
    );
    assert.equal(originOf({ ...copied, recall: held }).kind, 'copied');
  });

  it('marks a name used as an API that nothing supports', () => {
    const name = { text: 'totalise', first: 9, role: 'member', probability: 0.01, inContext: false } as const;
    const marked = (rest: Partial<Explanation>) =>
      answerOf({ ...recalled, name, ...rest }, null, lineOf).unsupported;
    assert.match(
      marked({})!,
      /^Not supported: ‘totalise’ is used as a member, .* only 0\.01\. It may not exist\.$/,
    );
    assert.equal(marked({ name: { ...name, inContext: true } }), null);
    assert.equal(marked({ name: { ...name, probability: 0.4 } }), null);
    assert.equal(marked({ name: null }), null);
    assert.equal(answerOf({ ...copied, name }, null, lineOf).unsupported, null, 'it was copied');
    assert.equal(marked({ name: { ...name, elsewhere: true } }), null, 'in another file');
    assert.notEqual(marked({ name: { ...name, elsewhere: false } }), null);
    const within = (language: string | null, document: string, text: string = name.text) =>
      answerOf({ ...recalled, name: { ...name, text } }, null, lineOf, { language, document }).unsupported;
    assert.notEqual(within('python', 'x.totalise(1)'), null);
    assert.equal(within('python', 'x.totalise(1)\n\ndef totalise(): pass'), null, 'declared below');
    assert.equal(within('python', 'os.listdir(1)', 'listdir'), null, 'of the library');
    assert.notEqual(within('go', 'os.listdir(1)', 'listdir'), null, 'of another language’s library');
  });

  it('counts the verdicts on the tokens of a span, and names the line that most came from', () => {
    const token = (index: number, text: string, kind: AnswerKind, from: number | null): SpanToken => ({
      ...{ index, id: 1, text, logit: 1, probability: 0.5, rank: 1, value: 1 },
      origin: { kind, copied: 0.5, recalled: 0.1, distant: 0, from },
    });
    const span = [
      token(6, 'a', 'copied', 2),
      token(7, 'b', 'copied', 3),
      token(8, '\n', 'unknown', null),
      token(9, 'c', 'recalled', null),
    ];
    const answer = answerOf({ ...copied, span }, null, (index) => (index < 3 ? 0 : index));
    assert.equal(
      answer.sentence,
      'Of these 3 tokens 2 were copied (from line 1 and others) and 1 recalled from the weights.',
    );
    assert.equal(answer.kind, 'copied');
    assert.match(answerOf({ ...copied, span }, null, () => 4).sentence, /2 were copied \(from line 5\) and/);
    assert.deepEqual(
      answer.parts.filter(({ kind }) => kind === 'place'),
      [{ kind: 'place', text: 'line 1', index: 2 }],
    );
    assert.equal(
      answerOf({ ...copied, span: span.slice(0, 1) }, null, () => 4).sentence,
      'This token was copied (from line 5).',
    );
  });

  it('puts confidence into words by probability and margin', () => {
    const confidence = (probability: number, rival: number) =>
      confidenceOf({
        ...copied.target,
        probability,
        alternatives: [
          { id: 103, text: 'total', probability },
          { id: 5, text: 'items', probability: rival },
        ],
      });
    assert.equal(confidence(0.83, 0.1), 'sure');
    assert.equal(confidence(0.5, 0.2), 'likely');
    assert.equal(confidence(0.4, 0.3), 'torn');
    assert.equal(confidence(0.15, 0.1), 'torn');
    assert.equal(confidence(0.06, 0.01), 'guessing');
  });

  it('has a plain wording without the field’s vocabulary', () => {
    const vocabulary = /MLP|logit|residual|attribution|embedding|softmax/i;
    const broken = [{ name: 'the logits sum', value: 1, limit: 0, holds: false }];
    const weak = { effect: 0.1, randomEffect: 0.2, holds: false };
    const slight = { before: 0.9, named: 0.89, random: 0.9 };
    for (const explanation of [copied, recalled, composed, { ...copied, checks: broken }]) {
      for (const verification of [null, explanation.verification]) {
        const { plain } = answerOf(
          {
            ...explanation,
            verification: verification && { ...verification, ...weak, probability: slight },
          },
          null,
          lineOf,
        );
        const text = `${plain.parts.map((part) => part.text).join('')} ${plain.check ?? ''}`;
        assert.doesNotMatch(text, vocabulary);
      }
    }
    const { plain, sentence } = answerOf(recalled, null, lineOf);
    assert.match(sentence, /MLPs/);
    assert.match(
      plain.parts[0]!.text,
      /^Recalled from what the model learned in training: \d+% of what speaks for it/,
    );
  });
});
