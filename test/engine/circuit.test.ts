import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type AttributionGraph, inputSums } from '../../src/core/graph';
import { influenceOf } from '../../src/core/graphInfluence';
import { defaultThresholds, keptOf, pruned } from '../../src/core/graphPrune';
import { headName, mlpName } from '../../src/core/model';
import { likelyTargets, singleTarget } from '../../src/engine/circuit/targets';
import { type Circuit, traceCircuit } from '../../src/engine/circuit/trace';
import { attributeDirectly } from '../../src/engine/explain/direct';
import { Distribution } from '../../src/engine/explain/distribution';
import { metricOf } from '../../src/engine/explain/metric';
import { type Trace, traceOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { embeddedModel, read } from './support/embedded';

const fixtures = 'test/fixtures/checkpoints';
const uncapped = Number.POSITIVE_INFINITY;

const prompts = [
  'class Cart:\n    def __init__(self, owner):\n        self.owner = owner\n\n    def name(self):\n        return self.',
  'def add(first, second):\n    return first +',
  'import os\nimport json\n\ndef load(path):\n    with open(path) as file:\n        return json.',
  'for index in range(10):\n    print(',
];

/** Of the node with an id, everything that an edge brings to it, by the source's id. */
function inputsOf({ nodes, edges }: AttributionGraph, id: string): ReadonlyMap<string, number> {
  const target = nodes.findIndex((node) => node.id === id);
  const found = new Map<string, number>();
  edges.targets.forEach((node, edge) => {
    if (node === target) found.set(nodes[edges.sources[edge]!]!.id, edges.weights[edge]!);
  });
  return found;
}

function assertSums({ graph, checks }: Circuit): void {
  assert.equal(checks.length, 2);
  for (const { name, value, holds } of checks) assert.ok(holds, `${name}: ${value}`);
  const sums = inputSums(graph);
  graph.nodes.forEach(({ id, value }, index) => {
    if (value === null) return;
    const error = Math.abs(sums[index]! - value) / Math.max(1, Math.abs(value));
    assert.ok(error <= 1e-4, `${id}: its inputs sum to ${sums[index]}, not to ${value}`);
  });
}

describe('the circuit', () => {
  describe('of every architecture, with nothing left out', () => {
    const names = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of names) {
      it(`adds up and needs no errors: ${name}`, async function () {
        this.timeout(30_000);
        const model = await loadModel(`${fixtures}/${name}`, { threads: 1, tokenizer: false });
        const trace = await traceOf(model, [5, 17, 60, 2, 33]);
        const targets = [singleTarget(trace, 7, null)];
        const question = { trace, targets, nodes: uncapped, textOf: String };
        const circuit = await traceCircuit(model, question);
        const folded = await traceCircuit(model, { ...question, heads: 'edges' });
        await model.close();
        for (const each of [circuit, folded]) {
          assertSums(each);
          assert.ok(each.complete);
          assert.deepEqual(
            each.graph.nodes.filter(({ kind }) => kind === 'error'),
            [],
          );
          assert.ok(each.graph.nodes.some(({ kind }) => kind === 'neuron'));
          assert.equal(each.graph.nodes.filter(({ kind }) => kind === 'token').length, 5);
          assert.equal(
            each.graph.nodes.some(({ kind }) => kind === 'head'),
            each === circuit,
          );
          const { replacement, completeness } = influenceOf(each.graph);
          assert.ok(Math.abs(replacement - 1) < 1e-9 && Math.abs(completeness - 1) < 1e-9);
        }
      });
    }
  });

  describe('of the embedded model', function () {
    this.timeout(60_000);
    let model: Model;
    const textOf = (id: number) => model.tokenizer.textOf(id);
    before(async () => {
      model = await embeddedModel();
    });

    const next = (trace: Trace) => singleTarget(trace, new Distribution(trace.logits).first(), null);

    it('adds up at every node, and knows more of the output the more nodes it may have', async () => {
      for (const prompt of prompts) {
        const trace = await traceOf(model, read(model, prompt));
        let known = 0;
        for (const nodes of [25, 100, 400]) {
          const circuit = await traceCircuit(model, { trace, targets: [next(trace)], nodes, textOf });
          assertSums(circuit);
          assert.ok(!circuit.complete);
          const parts = circuit.graph.nodes.filter(({ kind }) => kind === 'neuron' || kind === 'head');
          assert.equal(parts.length, nodes);
          const { replacement, completeness } = influenceOf(circuit.graph);
          assert.ok(replacement < 1 && completeness < 1);
          assert.ok(replacement * completeness > known, `${nodes}: ${replacement}, ${completeness}`);
          known = replacement * completeness;
        }
      }
    });

    it('is whole without a cap', async () => {
      const trace = await traceOf(model, read(model, 'def f'));
      const circuit = await traceCircuit(model, { trace, targets: [next(trace)], nodes: uncapped, textOf });
      assertSums(circuit);
      assert.ok(circuit.complete);
      assert.ok(circuit.graph.nodes.every(({ kind }) => kind !== 'error'));
      const { replacement, completeness } = influenceOf(circuit.graph);
      assert.ok(Math.abs(replacement - 1) < 1e-9 && Math.abs(completeness - 1) < 1e-9);
    });

    it('gives the output what direct attribution says, part by part', async () => {
      const trace = await traceOf(model, read(model, prompts[1]!));
      const target = next(trace);
      const circuit = await traceCircuit(model, { trace, targets: [target], nodes: 300, textOf });
      const inputs = inputsOf(circuit.graph, `logit${target.id}`);
      const weights = metricOf(trace.logits.length, target.id, null).weights;
      const { components } = await attributeDirectly(model, trace, weights);
      const direct = new Map(components.map((component) => [component.name, component.direct]));
      const last = trace.query;
      let heads = 0;
      for (let layer = 0; layer < model.info.layers; layer++) {
        let neurons = inputs.get(`L${layer}error@${last}`) ?? 0;
        for (const [id, weight] of inputs) if (id.startsWith(`L${layer}N`)) neurons += weight;
        for (let head = 0; head < model.info.heads; head++) {
          const drawn = inputs.get(`${headName(layer, head)}@${last}`);
          const expected = direct.get(headName(layer, head))!;
          if (drawn === undefined) neurons -= expected;
          else {
            heads += 1;
            assert.ok(Math.abs(drawn - expected) < 1e-4, `L${layer}H${head}: ${drawn} is not ${expected}`);
          }
        }
        assert.ok(Math.abs(neurons - direct.get(mlpName(layer))!) < 1e-4, mlpName(layer));
      }
      assert.ok(heads > 4);
      assert.ok(Math.abs(inputs.get(`t${last}`)! - direct.get('embed')!) < 1e-4);
    });

    it('adds up in a long text too, where weak inputs are not looked at one by one', async () => {
      const trace = await traceOf(model, read(model, prompts.join('\n\n').repeat(3)).slice(0, 160));
      assert.equal(trace.ids.length, 160);
      const circuit = await traceCircuit(model, { trace, targets: [next(trace)], nodes: 150, textOf });
      assertSums(circuit);
      assert.ok(circuit.thinned && !circuit.complete);
      const { replacement, completeness } = influenceOf(circuit.graph);
      assert.ok(replacement > 0.1 && completeness > 0.5);
    });

    it('keeps its sums when it is pruned, and becomes smaller', async () => {
      const trace = await traceOf(model, read(model, prompts[2]!));
      const circuit = await traceCircuit(model, { trace, targets: [next(trace)], nodes: 200, textOf });
      const graph = pruned(circuit.graph, keptOf(circuit.graph, defaultThresholds));
      assert.ok(graph.nodes.length < circuit.graph.nodes.length);
      assert.ok(graph.edges.weights.length < circuit.graph.edges.weights.length / 2);
      assertSums({ ...circuit, graph });
    });

    it('explains a difference, or several logits up to a share of the probability', async () => {
      const trace = await traceOf(model, read(model, prompts[3]!));
      const several = likelyTargets(trace, 0.8);
      assert.ok(several.length > 1 && several.length <= 10);
      assert.ok(several.slice(0, -1).reduce((sum, { probability }) => sum + probability, 0) < 0.8);
      const [first, second] = several;
      const contrast = singleTarget(trace, first!.id, second!.id);
      for (const targets of [several, [contrast]]) {
        const circuit = await traceCircuit(model, { trace, targets, nodes: 60, textOf });
        assertSums(circuit);
        const logits = circuit.graph.nodes.filter(({ kind }) => kind === 'logit');
        assert.deepEqual(
          logits.map(({ value }) => value),
          targets.map(({ value }) => value),
        );
      }
    });

    it('says how far it is, and stops when it is no longer wanted', async () => {
      const trace = await traceOf(model, read(model, prompts[0]!));
      const seen: number[] = [];
      const asked = new AbortController();
      const onGrown = (count: number) => {
        seen.push(count);
        if (count >= 128) asked.abort();
      };
      const question = { trace, targets: [next(trace)], nodes: 2000, textOf, onGrown };
      await assert.rejects(traceCircuit(model, { ...question, signal: asked.signal }), { code: 'cancelled' });
      assert.ok(seen.length >= 2 && seen.at(-1)! < 2000);
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
    });

    it('refuses a question without a target', async () => {
      const trace = await traceOf(model, read(model, 'x = '));
      await assert.rejects(traceCircuit(model, { trace, targets: [], nodes: 5, textOf }), /token to explain/);
    });
  });
});
