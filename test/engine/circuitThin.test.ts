import assert from 'node:assert/strict';
import type { GraphNode } from '../../src/core/graph';
import { operate, operatingHooks } from '../../src/engine/circuit/operating';
import { headGradients, singleTarget } from '../../src/engine/circuit/targets';
import { traceCircuit } from '../../src/engine/circuit/trace';
import { Distribution } from '../../src/engine/explain/distribution';
import { blockHooks, hookOf, traceOf } from '../../src/engine/explain/trace';
import { readCheckpoint } from '../reference/checkpoint';
import { embeddedModel, embeddedPath, read } from './support/embedded';

const text = `class Cart:
    def __init__(self, owner):
        self.owner = owner
        self.items = []

    def add(self, item):
        self.items.append(item)
`;

describe('a circuit of a text that is too long for every source to be looked at', function () {
  this.timeout(60_000);

  it('has every edge from node to head all the same, as the weights say', async () => {
    const model = await embeddedModel();
    const ids = read(model, text.repeat(6)).slice(0, 160);
    const trace = await traceOf(model, ids, undefined, 1, operatingHooks(model));
    const targets = [singleTarget(trace, new Distribution(trace.logits).first(), null)];
    const textOf = (id: number) => model.tokenizer.textOf(id);
    const { graph, thinned } = await traceCircuit(model, { trace, targets, nodes: 150, textOf });
    assert.ok(thinned);

    const { config, tensors } = readCheckpoint(embeddedPath);
    const { hidden_size: width, head_dim: size, intermediate_size: inner } = config;
    const { num_attention_heads: heads } = config;
    const weights = (name: string) => tensors.get(`model.${name}.weight`)!.data;
    const gradients = await headGradients(await operate(model, trace), targets);
    const values = (hook: string) => hookOf(trace.hooks, hook).data;
    const sum = (count: number, of: (index: number) => number) =>
      Array.from({ length: count }, (_, index) => of(index)).reduce((total, each) => total + each, 0);

    /** What a node writes into the stream, at a dimension. */
    const dimension = ({ kind, layer, position, index }: GraphNode, to: number): number => {
      if (kind === 'token') return weights('embed_tokens')[index! * width + to]!;
      if (kind === 'neuron') {
        const active = values(blockHooks.neurons(layer!))[position! * inner + index!]!;
        return active * weights(`layers.${layer}.mlp.down_proj`)[to * inner + index!]!;
      }
      const [z, out] = [values(blockHooks.z(layer!)), weights(`layers.${layer}.self_attn.o_proj`)];
      return sum(size, (i) => {
        const from = index! * size + i;
        return z[position! * heads * size + from]! * out[to * heads * size + from]!;
      });
    };
    const known = new Map<string, Float64Array>();
    const written = (node: GraphNode): Float64Array => {
      const found =
        known.get(node.id) ?? Float64Array.from({ length: width }, (_, to) => dimension(node, to));
      known.set(node.id, found);
      return found;
    };
    /** Along which direction a head reads the stream at a position: its value, its share there, the norm. */
    const readBy = ({ layer, position: query, index }: GraphNode, key: number): readonly number[] => {
      const stream = trace.residuals[layer!]!.data.subarray(key * width, (key + 1) * width);
      const scale = Math.sqrt(sum(width, (i) => stream[i]! ** 2) / width + config.rms_norm_eps);
      const row = (index! * ids.length + query!) * ids.length;
      const share = values(blockHooks.pattern(layer!))[row + key]! / scale;
      const norm = weights(`layers.${layer}.input_layernorm`);
      const value = weights(`layers.${layer}.self_attn.v_proj`);
      const asked = gradients[layer!]!;
      return Array.from({ length: width }, (_, to) => {
        const along = (i: number) =>
          asked[(query! * heads + index!) * size + i]! * value[(index! * size + i) * width + to]!;
        return share * norm[to]! * sum(size, along);
      });
    };

    const drawn = new Map<string, number>();
    graph.edges.weights.forEach((weight, edge) => {
      drawn.set(`${graph.edges.sources[edge]} ${graph.edges.targets[edge]}`, weight);
    });
    let [compared, weak] = [0, 0];
    graph.nodes.forEach((target, to) => {
      if (target.kind !== 'head' || target.layer === 0 || target.value === null) return;
      if (Math.abs(target.value) < 0.1) return;
      const directions = new Map<number, readonly number[]>();
      graph.nodes.forEach((source, from) => {
        const { kind, layer, position } = source;
        const isBefore =
          kind === 'token' || ((kind === 'neuron' || kind === 'head') && layer! < target.layer!);
        if (!isBefore || position! > target.position!) return;
        const direction = directions.get(position!) ?? readBy(target, position!);
        directions.set(position!, direction);
        const output = written(source);
        const expected = sum(width, (i) => direction[i]! * output[i]!);
        const found = drawn.get(`${from} ${to}`) ?? 0;
        assert.ok(
          Math.abs(found - expected) <= 1e-6 + 1e-3 * Math.abs(expected),
          `${source.id} → ${target.id}: ${found} and not ${expected}`,
        );
        compared += 1;
        if (Math.abs(expected) < 1e-4 && expected !== 0) weak += 1;
      });
    });
    assert.ok(compared > 200 && weak > 20, `${compared}, ${weak}`);
  });
});
