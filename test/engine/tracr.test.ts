import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EdgeMethod } from '../../src/core/edges';
import { defaultSettings } from '../../src/core/explanation';
import { scoreEdges } from '../../src/engine/edges/edges';
import { attributeDirectly } from '../../src/engine/explain/direct';
import { attributionMethods } from '../../src/engine/explain/methods/methods';
import { tokenMetric } from '../../src/engine/explain/metric';
import { traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { auroc, type EdgeScores } from '../handbuilt/edgeScores';

const folder = 'test/fixtures/tracr';

/** What make.py knows of a program. */
interface Truth {
  readonly edges: readonly string[];
  readonly standing: readonly string[];
  readonly pairs: readonly {
    readonly ids: readonly number[];
    readonly counterfactual: readonly number[];
    readonly target: number;
    readonly contrast: number;
    /** What the program says where that is a number: the lead of the target's logit. */
    readonly output: number | null;
  }[];
}

/** Points between the prompts. The steps of `hist` are a hundredth of the way wide: fewer points would miss them. */
const programs = { reverse: 20, frac_prevs: 20, hist: 400, pair_balance: 20 } as const;

describe('Tracr programs', function () {
  this.timeout(60_000);

  const loaded = async (name: string) => ({
    model: await loadModel(join(folder, name), { threads: 1, tokenizer: false }),
    truth: JSON.parse(readFileSync(join(folder, name, 'truth.json'), 'utf8')) as Truth,
  });

  /** The mean size of each edge's score over the pairs. */
  async function scoresOf(
    model: Model,
    { pairs }: Truth,
    method: EdgeMethod,
    steps: number,
  ): Promise<EdgeScores> {
    const sums = new Map<string, number>();
    for (const { ids, counterfactual, target, contrast } of pairs) {
      const [trace, other] = [await traceOf(model, ids), await traceOf(model, counterfactual)];
      const metric = tokenMetric({ target, contrast });
      const found = await scoreEdges({ model, trace, counterfactual: other, metric, method, steps });
      assert.ok(found.checks.every(({ holds }) => holds));
      for (const { source, target: reader, score } of found.edges) {
        const edge = `${source}>${reader}`;
        sums.set(edge, (sums.get(edge) ?? 0) + Math.abs(score) / pairs.length);
      }
    }
    return sums;
  }

  for (const [name, steps] of Object.entries(programs)) {
    it(`${name}: the model says what the program says, and eap-ig finds the edges that carry what differs`, async () => {
      const { model, truth } = await loaded(name);
      for (const { ids, counterfactual, target, contrast, output } of truth.pairs) {
        const metric = tokenMetric({ target, contrast });
        const [own, other] = [await traceOf(model, ids), await traceOf(model, counterfactual)];
        const [value, otherValue] = [metric.valueOf(own.logits), metric.valueOf(other.logits)];
        if (output === null) assert.ok(value > 0.5 && otherValue < -0.5, `${value}, ${otherValue}`);
        else assert.ok(Math.abs(value - output) < 0.02, `${value}, not ${output}`);
      }
      const scores = await scoresOf(model, truth, 'eap-ig', steps);
      await model.close();
      const found = auroc(scores, truth.edges, truth.standing);
      assert.ok(found >= 0.95, `AUROC ${found}`);
    });
  }

  // Every part of `hist` is in use: there is none to tell it from.
  for (const name of ['reverse', 'frac_prevs', 'pair_balance']) {
    it(`${name}: attribution patching and ablation find the heads and MLPs that carry what differs`, async () => {
      const { model, truth } = await loaded(name);
      const partsIn = (edges: readonly string[]) =>
        edges.flatMap((edge) => edge.match(/L\d+(?:H\d+|MLP)/g) ?? []);
      const right = [...new Set(partsIn(truth.edges))];
      const aside = partsIn(truth.standing).filter((part) => !right.includes(part));
      for (const method of ['attribution-patching', 'ablation'] as const) {
        const sums = new Map<string, number>();
        for (const { ids, counterfactual, target, contrast } of truth.pairs) {
          const [trace, other] = [await traceOf(model, ids), await traceOf(model, counterfactual)];
          const metric = tokenMetric({ target, contrast });
          const asked = {
            ...{ model, trace, metric, total: metric.valueOf(trace.logits), counterfactual: other },
            direct: await attributeDirectly(model, trace, metric.weightsAt(trace.logits)),
            settings: { ...defaultSettings, ablation: 'zero' as const },
          };
          const { totals } = await attributionMethods[method](asked);
          for (const [part, total] of totals!) sums.set(part, (sums.get(part) ?? 0) + Math.abs(total));
        }
        const found = auroc(sums, right, aside);
        assert.equal(found, 1, method);
      }
      await model.close();
    });
  }

  it('hist, saturated everywhere: eap misses what too few points miss, too', async () => {
    const { model, truth } = await loaded('hist');
    for (const [method, steps] of [
      ['eap', 1],
      ['eap-ig', 5],
    ] as const) {
      const scores = await scoresOf(model, truth, method, steps);
      assert.equal(scores.get('embed>L0H0.q'), 0);
      assert.ok(auroc(scores, truth.edges, truth.standing) < 0.95);
    }
    await model.close();
  });
});
