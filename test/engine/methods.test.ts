import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type Explanation, type Method, methods } from '../../src/core/explanation';
import { mlpName } from '../../src/core/model';
import type { ExplainParams } from '../../src/core/protocol';
import { attributionChecks } from '../../src/engine/explain/checks';
import { attributeDirectly, sum } from '../../src/engine/explain/direct';
import { explain } from '../../src/engine/explain/explain';
import { partNamed } from '../../src/engine/explain/methods/parts';
import { secant } from '../../src/engine/explain/methods/secant';
import { tokenMetric } from '../../src/engine/explain/metric';
import { strongestNeurons } from '../../src/engine/explain/neurons';
import { traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { randomIds } from '../reference/random';
import { embeddedModel, read } from './support/embedded';

const text = 'def area(width, height):\n    """The area of a rectangle."""\n    return width * ';
const settings = { steps: 50, baseline: 'mean', ablation: 'zero' } as const;

describe('attribution methods on the embedded model', function () {
  this.timeout(60_000);
  let model: Model;
  let ids: number[];
  let counterfactual: number[];
  before(async () => {
    model = await embeddedModel();
    ids = read(model, text);
    counterfactual = ids.map((id, index) => (index === renamed ? ids[3]! : id));
  });
  /** Where the counterfactual prompt has another token. */
  const renamed = 6;
  const ask = (method: Method, rest: Partial<ExplainParams> = {}): Promise<Explanation> =>
    explain(model, {
      ids,
      position: ids.length,
      target: 'height',
      contrast: null,
      verify: false,
      method,
      counterfactual,
      ...rest,
    });

  for (const method of methods) {
    for (const [what, rest] of [
      ['the logit', {}],
      ['the difference to a contrast', { contrast: ' width' }],
      ['the log-probability', { logProbability: true }],
    ] as const) {
      it(`${method}: sources and remainder are ${what}, and its identities hold`, async () => {
        const found = await ask(method, rest);
        assert.equal(found.method, method);
        const carried = sum(found.sources.map(({ score }) => score)) + found.remainder;
        assert.ok(Math.abs(carried - found.total) <= 1e-4 * Math.max(1, Math.abs(found.total)));
        assert.deepEqual(
          found.checks.filter(({ holds }) => !holds),
          [],
        );
        assert.equal(found.sources.length, ids.length);
        assert.equal(
          found.warnings.some((warning) => warning.includes('log-probability')),
          'logProbability' in rest,
        );
      });
    }
  }

  it('gives total effects for every head and MLP, and for nothing else', async () => {
    for (const method of ['secant', 'secant-attention', 'gradient-input', 'ablation'] as const) {
      const { components } = await ask(method);
      for (const { name, total } of components) {
        assert.equal(total !== null, /^L\d/.test(name), `${method}: ${name}`);
      }
    }
    const { components } = await ask('direct');
    assert.ok(components.every(({ total }) => total === null));
  });

  it('measures in occlusion what deleting a token does, by an independent run', async () => {
    const { sources, total, target } = await ask('occlusion');
    const at = 5;
    const mean = (await model.meanEmbedding()).data;
    const scale = new Float32Array(ids.length).fill(1);
    scale[at] = 0;
    const add = new Float32Array(ids.length * mean.length);
    add.set(mean, at * mean.length);
    const { logits } = await model.forward({
      ids: [ids],
      hooks: [],
      interventions: [
        {
          hook: 'hook_embed',
          scale: { dims: [1, ids.length, 1], data: scale },
          add: { dims: [1, ids.length, mean.length], data: add },
        },
      ],
      logits: [ids.length - 1],
    });
    const without = tokenMetric({ target: target.id, contrast: null }).valueOf(logits!.data);
    assert.ok(Math.abs(sources[at]!.score - (total - without)) < 1e-5);
  });

  it('measures in zero ablation what a part brings, by an independent run', async () => {
    const { components, total, target } = await ask('ablation', { settings: { ablation: 'zero' } });
    const metric = tokenMetric({ target: target.id, contrast: null });
    const mask = Float32Array.from({ length: model.info.heads }, (_, head) => Number(head !== 1));
    for (const [name, hook, scale] of [
      ['L2H1', 'blocks.2.attn.hook_z', { dims: [1, 1, model.info.heads, 1], data: mask }],
      ['L1MLP', 'blocks.1.hook_mlp_out', { dims: [1], data: new Float32Array(1) }],
    ] as const) {
      const { logits } = await model.forward({
        ids: [ids],
        hooks: [],
        interventions: [{ hook, scale }],
        logits: [ids.length - 1],
      });
      const expected = total - metric.valueOf(logits!.data);
      assert.ok(Math.abs(components.find((part) => part.name === name)!.total! - expected) < 1e-4, name);
    }
  });

  it('gives other values for zero, mean and resample, and names the kind', async () => {
    const totals = new Set<number>();
    for (const ablation of ['zero', 'mean', 'resample'] as const) {
      const found = await ask('ablation', { settings: { ablation } });
      totals.add(found.components.find(({ name }) => name === 'L0MLP')!.total!);
      assert.ok(found.warnings.some((warning) => warning.includes(`${ablation} ablation`)));
    }
    assert.equal(totals.size, 3);
  });

  it('integrates more exactly with more steps, and warns of the zero baseline', async () => {
    const error = async (steps: number) => {
      const { checks } = await ask('integrated-gradients', { settings: { steps } });
      return checks.find(({ name }) => name.includes('baseline'))!.value;
    };
    assert.ok((await error(50)) < (await error(4)));
    const zero = await ask('integrated-gradients', { settings: { baseline: 'zero' } });
    assert.ok(zero.warnings.some((warning) => warning.includes('zero embedding')));
    const token = await ask('integrated-gradients', { settings: { baseline: 10 } });
    assert.notDeepEqual(token.sources, zero.sources);
    await assert.rejects(ask('integrated-gradients', { settings: { steps: 0 } }), { code: 'bad-argument' });
  });

  it('patches towards another prompt: scores where they differ, near the measured change, equal lengths only', async () => {
    const { sources, components, total, target } = await ask('attribution-patching');
    assert.ok(ids[renamed] !== counterfactual[renamed]);
    for (const { index, score } of sources) assert.equal(score !== 0, index === renamed, `token ${index}`);
    const { logits } = await model.forward({ ids: [counterfactual], hooks: [], logits: [ids.length - 1] });
    const change = total - tokenMetric({ target: target.id, contrast: null }).valueOf(logits!.data);
    const estimate = sources[renamed]!.score;
    assert.ok(
      Math.abs(estimate - change) <= 0.25 * Math.max(1, Math.abs(change)),
      `${estimate}, measured ${change}`,
    );
    assert.ok(components.some((part) => part.total !== null && part.total !== 0));
    await assert.rejects(
      ask('attribution-patching', { counterfactual: ids.slice(1) }),
      /tokens and the context/,
    );
    await assert.rejects(ask('attribution-patching', { counterfactual: undefined }), /compares two prompts/);
  });

  it('names the neurons with the largest effects, in the order of their size, by the methods that say any', async () => {
    for (const method of ['secant', 'secant-attention', 'gradient-input', 'direct'] as const) {
      const { neurons } = await ask(method, { neurons: 12 });
      assert.equal(neurons!.length, 12, method);
      const sizes = neurons!.map(({ direct, total }) => Math.abs(total ?? direct));
      assert.deepEqual(
        sizes,
        sizes.toSorted((a, b) => b - a),
      );
      assert.ok(
        neurons!.every(
          ({ name, total }) => /^L[0-3]N\d+$/.test(name) && (total === null) === (method === 'direct'),
        ),
      );
    }
    assert.equal('neurons' in (await ask('secant')), false);
    await assert.rejects(
      ask('occlusion', { neurons: 3 }),
      /occlusion says nothing about neurons: use secant, /,
    );
  });

  it('refuses a part that the model does not have, and a log-probability with a contrast', async () => {
    assert.equal(partNamed(model, 'L3H2').head, 2);
    assert.throws(() => partNamed(model, 'L4H0'), /has no part L4H0: it has 4 layers of 4 heads/);
    await assert.rejects(ask('secant', { contrast: ' width', logProbability: true }), {
      code: 'bad-argument',
    });
  });
});

describe('secant and direct on every architecture', function () {
  this.timeout(60_000);
  const fixtures = readdirSync('test/fixtures/checkpoints', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  for (const name of fixtures) {
    it(`shares the metric out among tokens and biases: ${name}`, async () => {
      const model = await loadModel(`test/fixtures/checkpoints/${name}`, { threads: 1, tokenizer: false });
      try {
        for (let seed = 1; seed <= 10; seed++) {
          const ids = randomIds(3 + seed, model.info.vocabularySize, seed);
          const trace = await traceOf(model, ids);
          const contrast = seed % 2 === 0 ? 3 : null;
          const metric = tokenMetric({ target: 7, contrast });
          const total = metric.valueOf(trace.logits);
          const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
          const question = { model, trace, metric, total, direct, settings };
          const { checks, totals, sources } = await secant(question);
          assert.deepEqual(
            [...checks, ...attributionChecks(direct, total)].filter(({ holds }) => !holds),
            [],
            `seed ${seed}`,
          );
          assert.equal(sources.length, ids.length);
          const parts = model.info.layers * (model.info.heads + Number(model.info.hasMlp));
          assert.equal(totals!.size, parts);
          if (seed > 1) continue;
          const count = Number.POSITIVE_INFINITY;
          const neurons = await strongestNeurons({ model, trace, metric, method: 'secant', count });
          for (let layer = 0; layer < model.info.layers; layer++) {
            const own = neurons.filter(({ name: neuron }) => neuron.startsWith(`L${layer}N`));
            const mlp = direct.components.find((part) => part.name === mlpName(layer))!;
            const sums = [sum(own.map((each) => each.direct)), sum(own.map(({ total: whole }) => whole!))];
            const expected = [mlp.direct, totals!.get(mlp.name)!];
            for (const [at, value] of sums.entries()) {
              const error = Math.abs(value - expected[at]!) / Math.max(1, Math.abs(expected[at]!));
              assert.ok(error < 1e-4, `${mlp.name}: ${value}, not ${expected[at]}`);
            }
          }
        }
      } finally {
        await model.close();
      }
    });
  }
});
