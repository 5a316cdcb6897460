import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { operate } from '../../src/engine/circuit/operating';
import { scoresOf } from '../../src/engine/circuit/scores';
import { headGradients, singleTarget } from '../../src/engine/circuit/targets';
import { traceCircuit } from '../../src/engine/circuit/trace';
import { Distribution } from '../../src/engine/explain/distribution';
import { traceOf } from '../../src/engine/explain/trace';
import { loadModel } from '../../src/engine/run/load';
import { embeddedModel, read } from './support/embedded';

const architectures = readdirSync('test/fixtures/checkpoints', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const code =
  'def scale(width, height):\n    return width * height\n\n\ndef area(width, height):\n    return width *';

describe('why heads look where they look', function () {
  this.timeout(60_000);

  it('adds up on either side to the score, in the embedded model', async () => {
    const model = await embeddedModel();
    const trace = await traceOf(model, read(model, code));
    const target = singleTarget(trace, new Distribution(trace.logits).first(), null);
    const at = await operate(model, trace);
    const gradients = await headGradients(at, [target]);
    const heads = Array.from({ length: 8 }, (_, index) => ({
      kind: 'head' as const,
      layer: Math.floor(index / 2),
      position: trace.query - (index % 3),
      index: index % 4,
    }));
    const scores = await scoresOf(at, heads, gradients);
    assert.equal(scores.length, heads.length);
    assert.ok(scores.some(({ value }) => Math.abs(value) > 1));
    for (const { head, key, value, query, keyed } of scores) {
      assert.ok(key <= head.position);
      const limit = 1e-4 * Math.max(1, Math.abs(value));
      assert.ok(
        Math.abs(query.inputs.total() - value) <= limit,
        `query: ${query.inputs.total()} is not ${value}`,
      );
      assert.ok(
        Math.abs(keyed.inputs.total() - value) <= limit,
        `key: ${keyed.inputs.total()} is not ${value}`,
      );
    }
  });

  for (const name of architectures) {
    it(`adds up with norms, caps, biases and shared keys: ${name}`, async () => {
      const model = await loadModel(`test/fixtures/checkpoints/${name}`, { threads: 1, tokenizer: false });
      const trace = await traceOf(model, [5, 17, 60, 2, 33]);
      const at = await operate(model, trace);
      const gradients = await headGradients(at, [singleTarget(trace, 7, null)]);
      const heads = [0, 1].map((layer) => ({ kind: 'head' as const, layer, position: 4, index: layer }));
      const scores = await scoresOf(at, heads, gradients);
      await model.close();
      for (const { value, query, keyed } of scores) {
        const limit = 1e-4 * Math.max(1, Math.abs(value));
        assert.ok(
          Math.abs(query.inputs.total() - value) <= limit,
          `query: ${query.inputs.total()} is not ${value}`,
        );
        assert.ok(
          Math.abs(keyed.inputs.total() - value) <= limit,
          `key: ${keyed.inputs.total()} is not ${value}`,
        );
      }
    });
  }

  it('gives the graph edges from its nodes, with the estimated effect of what goes into a key', async () => {
    const model = await embeddedModel();
    const trace = await traceOf(model, read(model, code));
    const target = singleTarget(trace, new Distribution(trace.logits).first(), null);
    const textOf = (id: number) => model.tokenizer.textOf(id);
    const { graph } = await traceCircuit(model, { trace, targets: [target], nodes: 150, textOf });
    assert.ok(graph.scoreEdges.length > 20);
    for (const { source, head, side, key, effect } of graph.scoreEdges) {
      assert.equal(graph.nodes[head]!.kind, 'head');
      const at = side === 'key' ? key : graph.nodes[head]!.position;
      if (graph.nodes[source]!.kind !== 'bias') assert.equal(graph.nodes[source]!.position, at);
      assert.equal(effect === null, side === 'query');
    }
    const effects = graph.scoreEdges.map(({ effect }) => Math.abs(effect ?? 0));
    assert.ok(Math.max(...effects) > 0.01 && effects.every(Number.isFinite));
  });
});
