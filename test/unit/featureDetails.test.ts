import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { featureLimits, featurePlaces, readFeatureDetails } from '../../src/core/interchange/featureDetails';
import { featureFile } from './support/graphFiles';

describe('what others know of a feature', () => {
  const read = (file: unknown) => readFeatureDetails(JSON.stringify(file), 'features/m/376.json');

  it('is looked for beside a graph, and nowhere that a name out of a file leads to', () => {
    deepEqual(featurePlaces('gemma-2-2b', 376), [
      'features/gemma-2-2b/376.json',
      'features/376.json',
      '../features/gemma-2-2b/376.json',
      '../features/376.json',
    ]);
    for (const scan of ['../../secret', '..', 'a/b', 'c:\\d', '']) {
      deepEqual(featurePlaces(scan, 3), ['features/3.json', '../features/3.json']);
    }
  });

  it('is read as circuit-tracer writes it, the most active text first', () => {
    const { contexts, promoted, suppressed, frequency, corpus } = read(featureFile);
    deepEqual(
      contexts.map(({ tokens, peak, activations }) => [tokens[peak], activations[peak]]),
      [
        [' Paris', 9],
        [' Berlin', 4],
      ],
    );
    deepEqual(
      promoted.map(({ text }) => text),
      [' capital', ' city'],
    );
    equal(suppressed[0]!.text, ' river');
    equal(frequency, 0.002);
    ok(corpus.includes('features/m/376.json'));
  });

  it('is cut where it is longer than anybody reads, around the place where it is most active', () => {
    const tokens = Array.from({ length: 5000 }, (_, at) => `t${at}`);
    const tokens_acts_list = tokens.map((_, at) => (at === 4000 ? 3 : 0));
    const examples = Array(100).fill({ tokens, tokens_acts_list });
    const { contexts } = read({ examples_quantiles: [{ examples }] });
    equal(contexts.length, featureLimits.contexts);
    equal(contexts[0]!.tokens.length, featureLimits.tokens);
    equal(contexts[0]!.tokens[contexts[0]!.peak], 't4000');
  });

  it('is refused or passed over where it is no such file', () => {
    throws(
      () => readFeatureDetails('{', 'a.json'),
      /^WhenceError: a\.json cannot be shown: it is no JSON\.$/,
    );
    throws(() => read({ top_logits: [] }), /no examples_quantiles/);
    throws(() => read([]), /no examples_quantiles/);
    const broken = [{ examples: [{ tokens: ['a'], tokens_acts_list: [1, 2] }, null, 3] }, null, 'x'];
    deepEqual(read({ examples_quantiles: broken, top_logits: 'x' }).contexts, []);
  });
});
