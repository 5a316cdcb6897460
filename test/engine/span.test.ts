import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { defaultSettings, type Explanation } from '../../src/core/explanation';
import type { ExplainParams } from '../../src/core/protocol';
import { attributionChecks } from '../../src/engine/explain/checks';
import { attributeDirectly } from '../../src/engine/explain/direct';
import { explain } from '../../src/engine/explain/explain';
import { secant } from '../../src/engine/explain/methods/secant';
import { spanMetric } from '../../src/engine/explain/metric';
import { traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { embeddedModel, read } from './support/embedded';

const text =
  'class Cart:\n    def __init__(self, owner):\n        self.owner = owner\n        self.total = 0\n';

describe('a span', () => {
  let model: Model;
  let ids: number[];
  before(async () => {
    model = await embeddedModel();
    ids = read(model, text);
  });

  const ask = (rest: Partial<ExplainParams>, asked = ids, of = model): Promise<Explanation> =>
    explain(of, { ids: asked, position: 0, target: null, contrast: null, verify: false, ...rest });
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const near = (a: number, b: number, what: string) =>
    assert.ok(Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b)), `${what}: ${a}, not ${b}`);

  it('is the sum over its tokens, for the logit and the log-probability', async () => {
    for (const logProbability of [false, true]) {
      const [position, end] = [ids.length - 8, ids.length - 2];
      const span = await ask({ position, end, logProbability });
      const singles: Explanation[] = [];
      for (let at = position; at < end; at++) singles.push(await ask({ position: at, logProbability }));
      near(span.total, sum(singles.map(({ total }) => total)), 'total');
      assert.deepEqual(
        span.span!.map(({ index, id }) => [index, id]),
        singles.map(({ target }) => [target.index, target.id]),
      );
      for (const [row, single] of singles.entries()) {
        near(span.span![row]!.value, single.total, 'value of a token');
        near(span.span![row]!.probability, single.target.probability, 'probability of a token');
      }
      for (const { index, score } of span.sources) {
        near(score, sum(singles.map(({ sources }) => sources[index]?.score ?? 0)), `source ${index}`);
      }
      for (const { index, score } of span.fetched) {
        near(score, sum(singles.map(({ fetched }) => fetched[index]?.score ?? 0)), `fetched ${index}`);
      }
      for (const [at, { name, direct, total }] of span.components.entries()) {
        near(direct, sum(singles.map(({ components }) => components[at]!.direct)), name);
        near(
          total!,
          sum(singles.map(({ components }) => components[at]!.total!)),
          `${name} through all paths`,
        );
      }
      near(span.remainder, sum(singles.map(({ remainder }) => remainder)), 'remainder');
      assert.deepEqual(
        span.checks.filter(({ holds }) => !holds),
        [],
      );
      assert.equal(span.target.index, end - 1);
      assert.equal(span.sources.length, end - 1);
    }
  });

  it('holds on every architecture: sources and biases, and the parts, sum to the metric', async function () {
    this.timeout(120_000);
    const folder = 'test/fixtures/checkpoints';
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of names) {
      const other = await loadModel(`${folder}/${name}`, { threads: 1, tokenizer: false });
      const tokens = [5, 17, 60, 2, 33, 7, 9].map((id) => id % other.info.vocabularySize);
      const trace = await traceOf(other, tokens.slice(0, -1), undefined, 3);
      const metric = spanMetric(tokens.slice(-3), { contrast: null });
      const total = metric.valueOf(trace.logits);
      const direct = await attributeDirectly(other, trace, metric.weightsAt(trace.logits));
      const { checks } = await secant({
        model: other,
        trace,
        metric,
        total,
        direct,
        settings: defaultSettings,
      });
      const failed = [...attributionChecks(direct, total), ...checks].filter(({ holds }) => !holds);
      assert.deepEqual(failed, [], name);
      await other.close();
    }
  });

  it('is asked of every method', async () => {
    const [position, end] = [20, 23];
    for (const method of [
      'gradient-input',
      'integrated-gradients',
      'ablation',
      'occlusion',
      'direct',
    ] as const) {
      const span = await ask({ position, end, method, settings: { steps: 3 } });
      const singles = await Promise.all(
        [20, 21, 22].map((at) => ask({ position: at, method, settings: { steps: 3 } })),
      );
      for (const { index, score } of span.sources)
        near(
          score,
          sum(singles.map(({ sources }) => sources[index]?.score ?? 0)),
          `${method}, source ${index}`,
        );
    }
  });

  it('compares with a contrast at the first token that differs, and says when none does', async () => {
    const position = ids.length - 8;
    const contrast = model.tokenizer.decode([...ids.slice(position, position + 2), 40]);
    const span = await ask({ position, end: position + 5, contrast });
    assert.equal(span.span, null);
    assert.equal(span.target.index, position + 2);
    assert.equal(span.metric, 'logitDifference');
    await assert.rejects(ask({ position, end: position + 2, contrast }), /starts as the target does/);
  });

  it('checks by deleting from what stands before it, and gives mean probabilities', async () => {
    const [position, end] = [ids.length - 6, ids.length - 2];
    const { verification, span } = await ask({ position, end, verify: true });
    assert.ok(verification!.named.every((index) => index < position - 1));
    const mean = Math.exp(sum(span!.map(({ probability }) => Math.log(probability))) / span!.length);
    assert.ok(Math.abs(verification!.probability.before - mean) < 1e-6);
  });

  it('of one token is that token; one that does not exist is an error', async () => {
    const single = await ask({ position: 12 });
    assert.deepEqual(await ask({ position: 12, end: 13 }), single);
    await assert.rejects(ask({ position: 12, end: 12 }), /no span of tokens 12 to 11/);
    await assert.rejects(ask({ position: 12, end: ids.length + 1 }), /no span/);
    await assert.rejects(ask({ position: 12, end: 14, target: 'x' }), /leave the target out/);
  });
});
