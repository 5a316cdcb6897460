import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { EdgeMethod } from '../../src/core/edges';
import { singleTarget } from '../../src/engine/circuit/targets';
import { traceCircuit } from '../../src/engine/circuit/trace';
import { type EdgeQuestion, scoreEdges } from '../../src/engine/edges/edges';
import { gradientHooks, headReaders, mlpReader } from '../../src/engine/edges/readers';
import { tokenMetric } from '../../src/engine/explain/metric';
import { blockHooks, hookOf, layersOf, traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { auroc, byName, edgesByPart } from '../handbuilt/edgeScores';
import { mechanisms } from '../handbuilt/mechanisms';
import { backup, cancelling, trap } from '../handbuilt/traps';
import { HandBuilt } from '../handbuilt/weights';
import { relativeError } from '../reference/compare';
import { uniform } from '../reference/random';

const fixtures = 'test/fixtures/checkpoints';
/** Where a norm follows an output bias of attention. */
const biasBehindNorm = ['olmo2-biases', 'gemma2-uncapped'];

async function about(
  model: Model,
  ids: readonly number[],
  counterfactual: readonly number[],
  target: number,
  contrast: number | null,
  method: EdgeMethod,
): Promise<EdgeQuestion> {
  const [trace, other] = [await traceOf(model, ids), await traceOf(model, counterfactual)];
  return { model, trace, counterfactual: other, metric: tokenMetric({ target, contrast }), method, steps: 5 };
}

describe('edges between parts', function () {
  this.timeout(60_000);

  describe('of every architecture', () => {
    const names = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of names) {
      it(`there are as many as the formula says, and they add up: ${name}`, async () => {
        const model = await loadModel(`${fixtures}/${name}`, { threads: 1, tokenizer: false });
        const { layers: L, heads: H } = model.info;
        const parallel = !model.hookNames.includes('blocks.0.hook_resid_mid');
        for (const method of ['eap', 'eap-ig'] as const) {
          const question = await about(model, [5, 17, 60, 2, 33], [5, 17, 9, 2, 40], 7, null, method);
          const { edges, checks } = await scoreEdges(question);
          assert.deepEqual(
            checks.filter(({ holds }) => !holds),
            [],
            method,
          );
          let count = 1 + L * (H + 1);
          for (let l = 0; l < L; l++) {
            count += 3 * H * (1 + l * (H + 1)) + (1 + l * (H + 1) + (parallel ? 0 : H));
          }
          const plain = edges.filter(({ source }) => source !== 'bias');
          assert.equal(plain.length, count);
          assert.equal(new Set(edges.map(({ source, target }) => `${source}>${target}`)).size, edges.length);
          assert.equal(plain.length < edges.length, biasBehindNorm.includes(name));
        }
        await model.close();
      });

      it(`its readers leave out no way into the stream, heads that share keys told apart: ${name}`, async () => {
        const model = await loadModel(`${fixtures}/${name}`, { threads: 1, tokenizer: false });
        const trace = await traceOf(model, [5, 17, 60, 2, 33]);
        const keyHeads = hookOf(trace.hooks, blockHooks.value(0)).dims[2]!;
        const known = (hook: string) => model.hookNames.includes(hook);
        const middle = (layer: number) => `blocks.${layer}.hook_resid_mid`;
        const streams = layersOf(model)
          .flatMap((layer) => [blockHooks.input(layer), middle(layer), blockHooks.output(layer)])
          .filter(known);
        const gradients = await model.backward({
          residuals: trace.residuals,
          targets: [
            {
              position: trace.query,
              weights: tokenMetric({ target: 7, contrast: null }).weightsAt(trace.logits),
            },
          ],
          linearisation: 'exact',
          hooks: [...new Set([...streams, ...gradientHooks(model, keyHeads)])],
        });
        const run = { residuals: trace.residuals, gradients };
        const at = (hook: string) => hookOf(gradients, hook).data;
        for (const layer of layersOf(model)) {
          const heads = await headReaders(model, run, layer, keyHeads);
          const input = known(middle(layer)) ? middle(layer) : blockHooks.input(layer);
          const mlp = await mlpReader(model, run, layer, input);
          const apart = known(middle(layer)) ? at(middle(layer)) : at(blockHooks.output(layer));
          const inParallel = known(middle(layer)) ? [] : [mlp];
          const expected = at(blockHooks.input(layer)).map((slope, index) => slope - apart[index]!);
          const found = expected.map((_, index) =>
            [...heads, ...inParallel].reduce((sum, { gradient }) => sum + gradient[index]!, 0),
          );
          assert.ok(
            relativeError(found, expected) < 1e-4,
            `layer ${layer}: ${relativeError(found, expected)}`,
          );
        }
        await model.close();
      });
    }
  });

  it('heads that share keys and values are told apart: what one head gives is its own', async () => {
    const model = await loadModel(`${fixtures}/llama`, { threads: 1, tokenizer: false });
    const [heads, keyHeads, layer] = [4, 2, 1];
    const trace = await traceOf(model, [5, 17, 60, 2, 33]);
    const hooks = gradientHooks(model, keyHeads);
    const metric = tokenMetric({ target: 7, contrast: null });
    const gradients = await model.backward({
      residuals: trace.residuals,
      targets: [{ position: trace.query, weights: metric.weightsAt(trace.logits) }],
      linearisation: 'exact',
      hooks,
    });
    const all = await headReaders(model, { residuals: trace.residuals, gradients }, layer, keyHeads);
    const scores = `blocks.${layer}.attn.hook_attn_scores`;
    for (let head = 0; head < heads; head++) {
      const alone = new Map(gradients);
      for (const [hook, axis] of [
        [scores, 1],
        [blockHooks.z(layer), 2],
      ] as const) {
        const { dims, data } = hookOf(gradients, hook);
        const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
        const own = data.map((value, index) => (Math.floor(index / inner) % heads === head ? value : 0));
        alone.set(hook, { dims, data: own });
      }
      const found = await headReaders(
        model,
        { residuals: trace.residuals, gradients: alone },
        layer,
        keyHeads,
      );
      for (const [index, { name, gradient }] of found.entries()) {
        if (name.endsWith('.q')) continue;
        const expected = all[index]!.gradient;
        assert.ok(expected.some((value) => value !== 0));
        if (name.startsWith(`L${layer}H${head}.`)) assert.ok(relativeError(gradient, expected) < 1e-5, name);
        else
          assert.ok(
            gradient.every((value) => value === 0),
            `${name} has what is head ${head}'s`,
          );
      }
    }
    await model.close();
  });

  describe('of models of known mechanism', () => {
    for (const { name, build, ids, counterfactual, target, contrast, edges, standing } of mechanisms) {
      it(`eap-ig finds those of the ${name}, and only them`, async () => {
        const model = await build().load();
        const question = await about(model, ids, counterfactual, target, contrast, 'eap-ig');
        const scores = byName((await scoreEdges(question)).edges);
        await model.close();
        assert.equal(auroc(scores, edges, standing), 1);
      });
    }

    for (const { name, build, ids, target, contrast, edges, standing } of mechanisms) {
      it(`a traced graph has those of the ${name}, of values and of scores, and only them`, async () => {
        const model = await build().load();
        const trace = await traceOf(model, ids);
        const targets = [singleTarget(trace, target, contrast)];
        const nodes = Number.POSITIVE_INFINITY;
        const { graph } = await traceCircuit(model, { trace, targets, nodes, textOf: String });
        const scores = edgesByPart(graph, model.info, true);
        await model.close();
        assert.equal(auroc(scores, edges, standing), 1);
      });
    }

    it('trap, saturated softmax: eap sees nothing of where the induction head looks and says so, eap-ig does', async () => {
      const { build, ids, counterfactual, target, contrast } = mechanisms[0]!;
      const model = await build().load();
      const question = await about(model, ids, counterfactual, target, contrast, 'eap');
      const { edges: found, warnings } = await scoreEdges(question);
      await model.close();
      const scores = byName(found);
      for (const edge of ['embed>L0H0.v', 'L0H0>L1H0.k', 'embed>L1H0.q']) {
        assert.ok(Math.abs(scores.get(edge)!) < 1e-6, edge);
      }
      assert.ok(warnings.some((warning) => warning.includes('saturated')));
    });

    it('trap, no MLPs: there are no edges from or to any', async () => {
      const { build, ids, counterfactual, target, contrast } = mechanisms[0]!;
      const model = await build().load();
      const { edges } = await scoreEdges(await about(model, ids, counterfactual, target, contrast, 'eap'));
      await model.close();
      assert.equal(edges.length, 2 * 3 + 2 * 3 * 3 + 5);
      assert.ok(edges.every(({ source, target: reader }) => !`${source}${reader}`.includes('MLP')));
    });

    it('trap, backup head: it has no edge of any size, and that is said', async () => {
      const model = await backup().load();
      const { begin, cause, effect, other } = trap;
      const question = await about(
        model,
        [begin, cause, other],
        [begin, other, other],
        effect,
        other,
        'eap-ig',
      );
      const { edges, warnings } = await scoreEdges(question);
      await model.close();
      const scores = byName(edges);
      assert.ok(scores.get('L0H0>L0MLP')! > 9);
      assert.equal(scores.get('L0H1>L0MLP'), 0);
      assert.ok(warnings.some((warning) => warning.includes('takes over')));
    });

    it('trap, cancelling paths: the token has no effect, each of its two paths has', async () => {
      const model = await cancelling().load();
      const { begin, cause, effect, other } = trap;
      const question = await about(model, [begin, cause, other], [begin, other, other], effect, other, 'eap');
      const scores = byName((await scoreEdges(question)).edges);
      await model.close();
      assert.equal(auroc(scores, ['embed>L0H0.v', 'embed>L0H1.v', 'L0H0>logits', 'L0H1>logits']), 1);
      for (const ends of ['embed>L0H%.v', 'L0H%>logits']) {
        const [first, second] = ['0', '1'].map((head) => scores.get(ends.replace('%', head))!);
        assert.ok(first! > 4.9 && Math.abs(first! + second!) < 1e-5, ends);
      }
    });

    it('on a linear model what enters a part is exactly what its output changes the metric by', async () => {
      const model = await linear().load();
      const question = await about(model, [0, 3], [1, 2], 1, 2, 'eap');
      const { trace, counterfactual, metric } = question;
      const { edges } = await scoreEdges(question);
      const into = (name: string) =>
        edges.filter(({ target }) => target === name).reduce((sum, { score }) => sum + score, 0);
      const hooks = [0, 1].flatMap((layer) => [blockHooks.z(layer), blockHooks.mlp(layer)]);
      const gradients = await model.backward({
        residuals: trace.residuals,
        targets: [{ position: trace.query, weights: metric.weightsAt(trace.logits) }],
        linearisation: 'exact',
        hooks,
      });
      const changed = (hook: string, of: (index: number) => boolean) =>
        hookOf(gradients, hook).data.reduce((sum, slope, index) => {
          const own =
            hookOf(trace.hooks, hook).data[index]! - hookOf(counterfactual.hooks, hook).data[index]!;
          return of(index) ? sum + own * slope : sum;
        }, 0);
      let seen = 0;
      for (const layer of [0, 1]) {
        for (const head of [0, 1]) {
          const own = changed(blockHooks.z(layer), (index) => Math.floor(index / 2) % 2 === head);
          assert.equal(into(`L${layer}H${head}.v`), own);
          assert.equal(into(`L${layer}H${head}.q`), 0);
          assert.equal(into(`L${layer}H${head}.k`), 0);
          seen += Math.abs(own);
        }
        const own = changed(blockHooks.mlp(layer), () => true);
        assert.equal(into(`L${layer}MLP`), own);
        seen += Math.abs(own);
      }
      const change = metric.valueOf(trace.logits) - metric.valueOf(counterfactual.logits);
      await model.close();
      assert.equal(into('logits'), change);
      assert.ok(seen > 100 && change !== 0);
    });
  });

  it('refuses prompts without a difference, of another length, and more text than fits', async () => {
    const model = await mechanisms[0]!.build().load();
    const ask = async (other: readonly number[], change: Partial<EdgeQuestion> = {}) =>
      scoreEdges({ ...(await about(model, [0, 3, 4], other, 4, null, 'eap-ig')), ...change });
    await assert.rejects(ask([0, 3, 4]), /must have 3 tokens .*nothing to compare/);
    await assert.rejects(ask([0, 3]), /must have 3 tokens/);
    await assert.rejects(ask([0, 3, 5], { steps: 0 }), /1 step or more, not 0/);
    await assert.rejects(ask([0, 3, 5], { steps: 1e6 }), /Edges over 3 tokens .* would need \d+ GB: shorten/);
    await model.close();
  });
});

/**
 * Two layers in which nothing is non-linear: heads look evenly, neurons are far above zero. Whole numbers and two tokens,
 * so that all sums are exact.
 */
function linear(): HandBuilt {
  const [vocabulary, width, headSize, neurons] = [4, 4, 2, 4];
  const built = new HandBuilt({ vocabulary, positions: 2, width, headSize, heads: 2, layers: 2, neurons });
  const next = uniform(5);
  const fill = ({ data }: { readonly data: Float32Array }) => {
    for (const index of data.keys()) data[index] = Math.floor(next() * 3) - 1;
  };
  for (const matrix of [built.embedding, built.unembedding]) fill(matrix);
  for (const layer of [0, 1]) {
    for (const head of [0, 1]) for (const part of ['v', 'o'] as const) fill(built.head(layer, head)[part]);
    const mlp = built.mlp(layer);
    fill(mlp.in);
    mlp.inBias.fill(layer === 0 ? 256 : 131_072);
    fill(mlp.out);
  }
  return built;
}
