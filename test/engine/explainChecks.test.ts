import assert from 'node:assert/strict';
import { attributionChecks, lensCheck } from '../../src/engine/explain/checks';
import { type Attribution, attributeDirectly } from '../../src/engine/explain/direct';
import { metricOf, metricValue } from '../../src/engine/explain/metric';
import { type Trace, traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { embeddedModel, read } from './support/embedded';

/** Each identity must fail when the attribution it guards is broken. */
describe('checks of an explanation', () => {
  let model: Model;
  let trace: Trace;
  let attribution: Attribution;
  let total: number;

  before(async () => {
    model = await embeddedModel();
    trace = await traceOf(model, read(model, 'import os\n\ndef main():\n    print(os.'));
    const target = model.tokenizer.encode('path')[0]!.id;
    total = metricValue(trace.logits, target, null);
    const { weights } = metricOf(trace.logits.length, target, null);
    attribution = await attributeDirectly(model, trace, weights);
  });

  const failed = (broken: Attribution) =>
    attributionChecks(broken, total)
      .filter(({ holds }) => !holds)
      .map(({ name }) => name);

  it('hold for the true one', () => {
    assert.deepEqual(failed(attribution), []);
  });

  it('fail without any single one of its parts', () => {
    for (const { name, direct } of attribution.components) {
      const components = attribution.components.filter((component) => component.name !== name);
      const expected = Math.abs(direct) > 1e-4 * Math.max(1, Math.abs(total));
      assert.equal(
        failed({ ...attribution, components }).includes('components sum to the metric'),
        expected,
        name,
      );
    }
  });

  it('fail when a source or the remainder is wrong', () => {
    const strongest = attribution.sources.reduce((a, b) => (Math.abs(a.score) > Math.abs(b.score) ? a : b));
    const sources = attribution.sources.filter((source) => source !== strongest);
    assert.deepEqual(failed({ ...attribution, sources }), ['sources and remainder sum to the metric']);
    const remainder = attribution.remainder * 1.01;
    assert.deepEqual(failed({ ...attribution, remainder }), ['sources and remainder sum to the metric']);
  });

  it('fail when one head’s sources are another’s', () => {
    const [first, second, ...rest] = attribution.heads;
    const heads = [
      { ...first!, bySource: second!.bySource },
      { ...second!, bySource: first!.bySource },
      ...rest,
    ];
    assert.deepEqual(failed({ ...attribution, heads }), ["each head's sources sum to the head"]);
  });

  it('fail when the lens is not the output, and for what is not a number', () => {
    assert.ok(lensCheck(trace.logits, trace.logits).holds);
    const other = trace.logits.slice();
    other[7]! += 0.01 * Math.max(...trace.logits.map(Math.abs));
    assert.ok(!lensCheck(other, trace.logits).holds);
    const { remainder: _, ...rest } = attribution;
    assert.ok(failed({ ...rest, remainder: Number.NaN }).length > 0);
  });
});
