import { deepEqual, equal } from 'node:assert/strict';
import { answerOf } from '../../src/core/answer';
import { cardOf } from '../../src/core/card';
import type { Explanation } from '../../src/core/explanation';

/** `self.total = 0` on line 1 and `print(self.` on line 2, of which each token is given its score. */
const texts = ['<|py|>', 'self', '.', 'total', ' =', ' 0', '\n', 'print', '(', 'self', '.'];
const lineOf = (index: number) => (index > 6 ? 1 : 0);

function explanation(scores: Readonly<Record<number, number>>, rest: Partial<Explanation> = {}): Explanation {
  let at = 0;
  const tokens = [...texts, 'total'].map((text, index) => {
    const start = at;
    if (index > 0) at += text.length;
    return { index, id: index, text, start, end: at };
  });
  const sources = texts.map((_, index) => ({ index, score: scores[index] ?? 0 }));
  const total = sources.reduce((sum, { score }) => sum + score, 0);
  return {
    schemaVersion: 1,
    model: { id: 'm', sha256: '', architecture: 'LlamaForCausalLM', parameters: 1, precision: 'fp32' },
    method: 'direct',
    metric: 'logit',
    tokens,
    target: {
      index: 11,
      id: 3,
      text: 'total',
      logit: 9,
      probability: 0.83,
      rank: 1,
      entropy: 1,
      alternatives: [],
    },
    span: null,
    contrast: null,
    total,
    remainder: 0,
    sources,
    fetched: sources,
    components: [{ name: 'L3H1', direct: total, total: null }],
    checks: [],
    warnings: [],
    verification: null,
    recall: null,
    name: null,
    lens: [0, 1, 2, 3, 4].map((depth) => ({
      depth,
      top: { id: 3, text: 'total', probability: 0.5 },
      rank: 1,
      probability: 0.5,
    })),
    settled: 3,
    heads: [
      { layer: 3, head: 1, direct: 4, attention: [], bySource: [] },
      { layer: 2, head: 0, direct: -1, attention: [], bySource: [] },
    ],
    ...rest,
  };
}

const statistics = {
  logit: 9,
  probability: 0.83,
  rank: 1,
  entropy: 1,
  alternatives: [
    { id: 3, text: 'total', probability: 0.83 },
    { id: 40, text: 'items', probability: 0.09 },
    { id: 41, text: 'count', probability: 0.03 },
    { id: 42, text: 'sum', probability: 0.01 },
    { id: 43, text: 'x', probability: 0.001 },
  ],
};
const token = { id: 3, text: 'total', special: false, start: 0, end: 5 };

function card(explained: Explanation | null) {
  const known = explained && { explanation: explained, answer: answerOf(explained, null, lineOf) };
  return cardOf(token, statistics, known, null, lineOf);
}

describe('the card of a token', () => {
  it('has at once what the record keeps', () => {
    const { probability, rank, confidence, instead, from, answer } = card(null);
    deepEqual(
      { probability, rank, confidence, from, answer },
      {
        probability: 0.83,
        rank: 1,
        confidence: 'sure',
        from: null,
        answer: null,
      },
    );
    deepEqual(
      instead.map(({ text }) => text),
      ['items', 'count', 'sum'],
    );
  });

  it('names the strongest stretches with their share of all support', () => {
    const { from } = card(explanation({ 3: 6, 1: 1, 9: 1, 10: 1, 5: -2, 7: 1 }));
    deepEqual(
      from!.map(({ line, text, share }) => [line, text, share]),
      [
        [0, 'total', 0.6],
        [1, 'self.', 0.2],
        [0, 'self', 0.1],
      ],
    );
  });

  it('joins neighbours on one line only', () => {
    const { from } = card(explanation({ 4: 1, 5: 1, 6: 1, 7: 1 }));
    deepEqual(
      from!.map(({ index, text }) => [index, text]),
      [
        [4, ' = 0\n'],
        [7, 'print'],
      ],
    );
  });

  it('says where it settled', () => {
    equal(card(explanation({ 3: 1 })).settled, 'after 3 of 4 layers');
    equal(card(explanation({ 3: 1 }, { settled: 0 })).settled, 'from the start');
    equal(card(explanation({ 3: 1 }, { settled: null })).settled, null);
  });

  it('names the heads that speak for it, with their roles once they are measured', () => {
    const scores = [
      {
        layer: 3,
        head: 1,
        previous: 0,
        duplicate: 0,
        induction: 0.8,
        copying: 0.1,
        roles: ['induction'] as const,
      },
    ];
    const known = explanation({ 3: 1 });
    const explained = { explanation: known, answer: answerOf(known, scores, lineOf) };
    deepEqual(cardOf(token, statistics, explained, scores, lineOf).heads, [
      { name: 'L3H1', role: 'induction', direct: 4 },
    ]);
    deepEqual(card(known).heads, [{ name: 'L3H1', role: '', direct: 4 }]);
  });
});
