import fc from 'fast-check';
import type { Explanation, HeadTrace } from '../../../src/core/explanation';

const logits = fc.double({ min: -5, max: 5, noNaN: true });

/** Explanations of models of any small size; contributions are any numbers, so that only true sums can hold. */
export const explanations: fc.Arbitrary<Explanation> = fc
  .record({
    layers: fc.integer({ min: 1, max: 4 }),
    heads: fc.integer({ min: 1, max: 4 }),
    mlp: fc.boolean(),
    context: fc.integer({ min: 1, max: 9 }),
  })
  .chain(({ layers, heads, mlp, context }) => {
    const names = ['embed', 'bias'];
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) names.push(`L${layer}H${head}`);
      if (mlp) names.push(`L${layer}MLP`);
    }
    const traces = fc.array(
      fc.record({
        layer: fc.nat(layers - 1),
        head: fc.nat(heads - 1),
        bySource: fc.uniqueArray(fc.record({ index: fc.nat(context - 1), score: logits }), {
          selector: ({ index }) => index,
        }),
      }),
      { maxLength: 6 },
    );
    return fc
      .record({ direct: fc.array(logits, { minLength: names.length, maxLength: names.length }), traces })
      .map(({ direct, traces }) => explanationOf(names, direct, context, traces));
  });

function explanationOf(
  names: readonly string[],
  direct: readonly number[],
  context: number,
  traces: readonly Pick<HeadTrace, 'layer' | 'head' | 'bySource'>[],
): Explanation {
  const components = names.map((name, at) => ({ name, direct: direct[at]!, total: null }));
  const total = direct.reduce((sum, value) => sum + value, 0);
  const unique = new Map(traces.map((trace) => [`L${trace.layer}H${trace.head}`, trace]));
  const text = Array.from({ length: context + 1 }, (_, index) => ({
    index,
    id: index,
    text: `t${index}`,
    start: index,
    end: index + 1,
  }));
  return {
    schemaVersion: 1,
    model: { id: 'any', sha256: '', architecture: '', parameters: 0, precision: 'fp32' },
    method: 'direct',
    metric: 'logit',
    tokens: text,
    target: {
      index: context,
      id: context,
      text: `t${context}`,
      logit: 0,
      probability: 0.5,
      rank: 1,
      entropy: 1,
      alternatives: [],
    },
    span: null,
    contrast: null,
    total,
    remainder: total,
    sources: text.slice(0, context).map(({ index }) => ({ index, score: 0 })),
    fetched: text.slice(0, context).map(({ index }) => ({ index, score: 0 })),
    components,
    checks: [],
    warnings: [],
    verification: null,
    recall: null,
    name: null,
    lens: [],
    settled: null,
    heads: [...unique].map(([name, trace]) => ({
      ...trace,
      direct: components.find((component) => component.name === name)!.direct,
      attention: [],
    })),
  };
}
