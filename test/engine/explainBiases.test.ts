import assert from 'node:assert/strict';
import { attributionChecks } from '../../src/engine/explain/checks';
import { attributeDirectly } from '../../src/engine/explain/direct';
import { metricOf, metricValue } from '../../src/engine/explain/metric';
import { traceOf } from '../../src/engine/explain/trace';
import { loadModel } from '../../src/engine/run/load';

const ids = [5, 17, 60, 2, 33, 17, 8, 80, 41];

async function attributed(name: string) {
  const model = await loadModel(`test/fixtures/checkpoints/${name}`, { threads: 1, tokenizer: false });
  try {
    const trace = await traceOf(model, ids);
    const total = metricValue(trace.logits, 7, null);
    const attribution = await attributeDirectly(model, trace, metricOf(trace.logits.length, 7, null).weights);
    return { attribution, total };
  } finally {
    await model.close();
  }
}

describe('attribution in models with biases and shared value heads', () => {
  for (const name of ['llama', 'llama-mha', 'llama-gelu']) {
    it(`sums to the metric: ${name}, which has no bias and lists none`, async () => {
      const { attribution, total } = await attributed(name);
      assert.ok(attributionChecks(attribution, total).every(({ holds }) => holds));
      assert.ok(attribution.components.every((component) => component.name !== 'bias'));
    });
  }

  it('sums to the metric with output biases, which are a component of their own', async () => {
    const { attribution, total } = await attributed('llama-biases-mqa');
    assert.deepEqual(
      attributionChecks(attribution, total).filter(({ holds }) => !holds),
      [],
    );
    const bias = attribution.components.find((component) => component.name === 'bias');
    assert.ok(bias && Math.abs(bias.direct) > 1e-3);
    const without = {
      ...attribution,
      components: attribution.components.filter((component) => component !== bias),
    };
    assert.ok(!attributionChecks(without, total)[0]!.holds);
  });
});
