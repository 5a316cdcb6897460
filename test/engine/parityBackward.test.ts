import assert from 'node:assert/strict';
import type { Linearisation, Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import type { Tensor } from '../../src/engine/tensor';
import { relativeError } from '../reference/compare';
import { runLlama } from '../reference/llama';
import { normal, randomIds, uniform } from '../reference/random';
import { embeddedPath } from './support/embedded';
import { type TinyModel, tinyModel } from './support/tinyLlama';

interface Target {
  readonly position: number;
  readonly weights: Float32Array;
}

/** A run's values with the gradients of metrics of it, at every hook. */
interface Pass {
  readonly values: ReadonlyMap<string, Tensor>;
  readonly gradients: ReadonlyMap<string, Tensor>;
  readonly totals: readonly number[];
}

async function pass(
  model: Model,
  ids: readonly number[],
  targets: readonly Target[],
  linearisation: Linearisation,
): Promise<Pass> {
  const { hooks, logits } = await model.forward({ ids: [ids], hooks: model.hookNames, logits: 'all' });
  const gradients = await model.backward({
    residuals: residualsOf(model, hooks),
    targets,
    linearisation,
    hooks: model.hookNames,
  });
  const vocabulary = model.info.vocabularySize;
  const totals = targets.map(({ position, weights }) => {
    const row = logits!.data.subarray(position * vocabulary, (position + 1) * vocabulary);
    return weights.reduce((sum, weight, id) => sum + weight * row[id]!, 0);
  });
  return { values: hooks, gradients, totals };
}

function residualsOf(model: Model, hooks: ReadonlyMap<string, Tensor>): Tensor[] {
  const blocks = Array.from({ length: model.info.layers }, (_, layer) => `blocks.${layer}.hook_resid_pre`);
  return [...blocks, `blocks.${model.info.layers - 1}.hook_resid_post`].map((name) => hooks.get(name)!);
}

/** Σ value · gradient at a hook, for one target. */
function carried({ values, gradients }: Pass, hook: string, target: number): number {
  const value = values.get(hook)!.data;
  const gradient = gradients.get(hook)!.data.subarray(target * value.length, (target + 1) * value.length);
  return value.reduce((sum, x, i) => sum + x * gradient[i]!, 0);
}

function logitMinusMean(id: number, vocabulary: number): Float32Array {
  const weights = new Float32Array(vocabulary).fill(-1 / vocabulary);
  weights[id]! += 1;
  return weights;
}

function assertTotal(found: number, total: number, what: string): void {
  assert.ok(
    Math.abs(found - total) <= 1e-4 * Math.max(1, Math.abs(total)),
    `${what}: ${found}, not ${total}`,
  );
}

describe('backward through the embedded model', function () {
  this.timeout(20_000);
  let model: Model;
  let ids: number[];
  let targets: Target[];
  const layers = [0, 1, 2, 3];
  before(async () => {
    model = await loadModel(embeddedPath, { threads: 1 });
    ids = randomIds(60, 4096, 2);
    targets = [59, 59, 30, 0].map((position, i) => ({
      position,
      weights: logitMinusMean(100 * i + 9, 4096),
    }));
  });
  after(() => model.close());

  it('carries the whole metric to every depth under secant', async () => {
    const secant = await pass(model, ids, targets, 'secant');
    const streams = layers.flatMap((l) => [`blocks.${l}.hook_resid_pre`, `blocks.${l}.hook_resid_mid`]);
    for (const hook of ['hook_embed', ...streams, 'blocks.3.hook_resid_post', 'ln_final.hook_normalized']) {
      for (const [target, total] of secant.totals.entries()) {
        assertTotal(carried(secant, hook, target), total, `${hook}, target ${target}`);
      }
    }
  });

  it('carries it from the embeddings and the MLPs when those are not crossed', async () => {
    const frozen = await pass(model, ids, targets, 'frozen');
    for (const [target, total] of frozen.totals.entries()) {
      const mlps = layers.map((l) => carried(frozen, `blocks.${l}.hook_mlp_out`, target));
      assertTotal(
        mlps.reduce((a, b) => a + b, carried(frozen, 'hook_embed', target)),
        total,
        `target ${target}`,
      );
    }
  });

  it('splits it among embedding, heads and MLPs under direct', async () => {
    const direct = await pass(model, ids, targets, 'direct');
    for (const [target, total] of direct.totals.entries()) {
      const mlps = layers.map((l) => carried(direct, `blocks.${l}.hook_mlp_out`, target));
      const neurons = layers.map((l) => carried(direct, `blocks.${l}.mlp.hook_post`, target));
      for (const heads of ['hook_attn_out', 'attn.hook_z', 'attn.hook_v', 'attn.hook_pattern']) {
        const attention = layers.map((l) => carried(direct, `blocks.${l}.${heads}`, target));
        const sum = (parts: number[]) => parts.reduce((a, b) => a + b, carried(direct, 'hook_embed', target));
        assertTotal(sum([...attention, ...mlps]), total, `by ${heads}, target ${target}`);
        assertTotal(sum([...attention, ...neurons]), total, `by ${heads} and neurons, target ${target}`);
      }
    }
  });

  it('holds the metric’s direction at every depth under direct, at the target’s position alone', async () => {
    const { gradients } = await pass(model, ids, targets.slice(0, 1), 'direct');
    const last = gradients.get('blocks.3.hook_resid_post')!;
    for (const hook of ['hook_embed', 'blocks.0.hook_resid_pre', 'blocks.2.hook_resid_mid']) {
      assert.deepEqual(gradients.get(hook), last, hook);
    }
    assert.ok(last.data.subarray(0, 59 * 192).every((value) => value === 0));
    assert.ok(last.data.subarray(59 * 192).some((value) => value !== 0));
  });

  it('gives each of many targets what it gives the target alone', async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      position: 59 - i,
      weights: logitMinusMean(i, 4096),
    }));
    const hooks = ['hook_embed', 'blocks.1.attn.hook_z', 'blocks.2.mlp.hook_pre'];
    const streams = residualsOf(
      model,
      (await model.forward({ ids: [ids], hooks: model.hookNames, logits: 'none' })).hooks,
    );
    const ask = (targets: readonly Target[]) =>
      model.backward({ residuals: streams, targets, linearisation: 'exact', hooks });
    const together = await ask(many);
    for (const index of [0, 17, 39]) {
      const alone = await ask([many[index]!]);
      for (const hook of hooks) {
        const expected = alone.get(hook)!.data;
        const found = together
          .get(hook)!
          .data.subarray(index * expected.length, (index + 1) * expected.length);
        assert.ok(relativeError(found, expected) <= 1e-5, `${hook} of target ${index}`);
      }
    }
  });
});

describe('backward through a random checkpoint, against differences of the float64 reference', function () {
  this.timeout(60_000);
  const ids = randomIds(9, 50, 5);
  let tiny: TinyModel;
  before(async () => {
    tiny = await tinyModel({ attention_bias: true, mlp_bias: true });
  });
  after(() => tiny.dispose());

  const target = (position: number): Target => {
    const next = uniform(position);
    return { position, weights: Float32Array.from({ length: 50 }, () => normal(next)) };
  };

  it('agrees at every hook when exact', async () => {
    const targets = [target(8), target(4)];
    const { gradients, values } = await pass(tiny.model, ids, targets, 'exact');
    const next = uniform(77);
    for (const hook of tiny.model.hookNames) {
      const value = values.get(hook)!;
      const expected: number[] = [];
      const found: number[] = [];
      for (let draw = 0; draw < 12; draw++) {
        const place = Math.floor(next() * value.data.length);
        // A hidden score has no neighbours: whatever is put there stays hidden.
        if (!Number.isFinite(value.data[place]!)) continue;
        const step = 1e-4 * Math.max(1, Math.abs(value.data[place]!));
        const [above, below] = [step, -step].map((change) => {
          const shifted = runLlama(tiny.reference, ids, {
            [hook]: ({ data }) => {
              data[place] = data[place]! + change;
            },
          });
          return targets.map(({ position, weights }) =>
            weights.reduce((sum, weight, id) => sum + weight * shifted.logits.data[position * 50 + id]!, 0),
          );
        });
        for (const index of targets.keys()) {
          expected.push((above![index]! - below![index]!) / (2 * step));
          found.push(gradients.get(hook)!.data[index * value.data.length + place]!);
        }
      }
      assert.ok(relativeError(Float64Array.from(found), Float64Array.from(expected)) <= 1e-3, hook);
    }
  });

  it('gives zero where a linearisation lets nothing through, and shapes as the hooks have them', async () => {
    const closed: Record<string, readonly Linearisation[]> = {
      'blocks.1.attn.hook_attn_scores': ['secant', 'frozen', 'direct'],
      'blocks.1.attn.hook_rot_q': ['secant', 'frozen', 'direct'],
      'blocks.1.mlp.hook_pre': ['frozen', 'direct'],
      'blocks.1.mlp.hook_pre_linear': ['frozen', 'direct'],
    };
    for (const linearisation of ['exact', 'secant', 'followed', 'frozen', 'direct'] as const) {
      const { values, gradients } = await pass(tiny.model, ids, [target(8), target(4)], linearisation);
      for (const hook of tiny.model.hookNames) {
        const { dims, data } = gradients.get(hook)!;
        assert.deepEqual(dims, [2, ...values.get(hook)!.dims.slice(1)], hook);
        if (!(hook in closed)) continue;
        const silent = data.every((value) => value === 0);
        assert.equal(silent, closed[hook]!.includes(linearisation), `${hook} under ${linearisation}`);
      }
    }
  });

  it('accounts for biases: sources and bias · gradient together are the metric', async () => {
    const secant = await pass(tiny.model, ids, [target(8)], 'secant');
    const { tensors } = tiny.reference;
    let remainder = 0;
    for (const layer of [0, 1]) {
      const at = `model.layers.${layer}`;
      const block = `blocks.${layer}`;
      const biases: [string, string][] = [
        [`${block}.attn.hook_v`, `${at}.self_attn.v_proj`],
        [`${block}.hook_attn_out`, `${at}.self_attn.o_proj`],
        [`${block}.mlp.hook_pre`, `${at}.mlp.gate_proj`],
        [`${block}.mlp.hook_pre_linear`, `${at}.mlp.up_proj`],
        [`${block}.hook_mlp_out`, `${at}.mlp.down_proj`],
      ];
      for (const [hook, name] of biases) {
        const bias = tensors.get(`${name}.bias`)!.data;
        const gradient = secant.gradients.get(hook)!.data;
        remainder += gradient.reduce((sum, value, i) => sum + value * bias[i % bias.length]!, 0);
      }
    }
    assertTotal(carried(secant, 'hook_embed', 0) + remainder, secant.totals[0]!, 'sources and biases');
    assert.ok(Math.abs(remainder) > 0.01);
  });
});
