import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type AttributionGraph,
  edgesOf,
  type GraphNode,
  type GraphNodeKind,
  inputSums,
} from '../../src/core/graph';
import { cumulativeInfluence, influenceOf } from '../../src/core/graphInfluence';
import { defaultThresholds, keptOf, pruned } from '../../src/core/graphPrune';

function node(index: number, kind: GraphNodeKind, layer: number | null = null): GraphNode {
  return {
    id: `${kind}${index}`,
    kind,
    layer,
    position: 0,
    index,
    value: null,
    activation: null,
    probability: kind === 'logit' ? 1 : null,
    label: '',
  };
}

/** The small graph of circuit-tracer's tests: five features, four errors, two tokens, a logit; every weight is 10. */
const kinds: readonly GraphNodeKind[] = [
  ...Array<GraphNodeKind>(5).fill('feature'),
  ...Array<GraphNodeKind>(4).fill('error'),
  'token',
  'token',
  'logit',
];
const inputs: readonly (readonly [number, readonly number[]])[] = [
  [11, [1, 3, 6, 8]],
  [3, [0, 1, 6]],
  [1, [9, 10]],
  [0, [9]],
];
const small: AttributionGraph = {
  nodes: kinds.map((kind, index) => node(index, kind, Math.min(index, 5))),
  edges: edgesOf(
    inputs.flatMap(([target, sources]) => sources.map((source) => ({ source, target, weight: 10 }))),
  ),
  scoreEdges: [],
};

function close(actual: Iterable<number>, expected: readonly number[]): void {
  const values = [...actual];
  assert.equal(values.length, expected.length);
  values.forEach((value, index) => {
    assert.ok(Math.abs(value - expected[index]!) < 1e-12, `${index}: ${value} is not ${expected[index]}`);
  });
}

describe('an attribution graph', () => {
  it('has the influences of the small graph, to the digit', () => {
    const { nodes } = influenceOf(small);
    close(nodes, [1 / 12, 1 / 3, 0, 1 / 4, 0, 0, 1 / 3, 0, 1 / 4, 1 / 4, 1 / 6, 0]);
  });

  it('has its replacement and completeness', () => {
    const { replacement, completeness } = influenceOf(small);
    close([replacement, completeness], [5 / 12, 25 / 32]);
  });

  it('keeps the nodes and edges of the small graph, with the influence that its edges then have', () => {
    const kept = keptOf(small, { nodes: 0.8, edges: 1 });
    assert.deepEqual(
      kept.nodes.flatMap((is, index) => (is ? [index] : [])),
      [1, 3, 6, 8, 9, 10, 11],
    );
    const between = { ...small.edges, weights: small.edges.weights.map((w, i) => (kept.edges[i] ? w : 0)) };
    const { edges } = influenceOf({ ...small, edges: between });
    const quarter = [1 / 4, 1 / 4, 1 / 4, 1 / 4];
    close(edges, [...quarter, 0, 1 / 8, 1 / 8, 3 / 16, 3 / 16, 0]);
  });

  it('stays whole where it is pruned: what is left out comes from errors', () => {
    const kept = keptOf(small, defaultThresholds);
    const smaller = pruned(small, kept);
    const before = inputSums(small);
    const after = inputSums(smaller);
    smaller.nodes.forEach(({ id }, index) => {
      const old = small.nodes.findIndex((other) => other.id === id);
      if (old >= 0) assert.equal(after[index], before[old]);
    });
    assert.ok(
      smaller.nodes.some(({ id }) => id === 'L0error@0'),
      'the error that stands for node 0',
    );
    assert.ok(influenceOf(smaller).replacement <= influenceOf(small).replacement);
  });

  it('ranks by cumulative influence: the strongest first, the last at 1', () => {
    close(cumulativeInfluence(Float64Array.of(1, 5, 2, 0)), [1, 5 / 8, 7 / 8, 1]);
    const influence = influenceOf(small).nodes;
    const cumulative = cumulativeInfluence(influence);
    close([Math.max(...cumulative)], [1]);
    influence.forEach((a, i) => {
      influence.forEach((b, j) => {
        if (a > b && b > 0) assert.ok(cumulative[i]! < cumulative[j]!);
      });
    });
  });

  it('refuses what goes round in a circle', () => {
    const round = [
      { source: 0, target: 11, weight: 1 },
      { source: 0, target: 1, weight: 1 },
      { source: 1, target: 0, weight: 1 },
    ];
    assert.throws(() => influenceOf({ ...small, edges: edgesOf(round) }), /go round in a circle/);
  });

  it('shares out exactly what the logits have, however it is wired', () => {
    const wiring = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.double({ min: -5, max: 5, noNaN: true })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(wiring, (edges) => {
        const nodes = [
          node(0, 'token'),
          node(1, 'error', 0),
          ...[2, 3, 4, 5, 6, 7].map((i) => node(i, 'neuron', i)),
        ];
        const list = edges
          .map(([a, b, weight]) => ({ source: Math.min(a, b), target: Math.max(a, b), weight }))
          .filter(({ source, target }) => source < target && target > 1);
        const graph = { nodes: [...nodes, node(8, 'logit')], edges: edgesOf(list), scoreEdges: [] };
        const { nodes: influence, replacement, completeness, edges: byEdge } = influenceOf(graph);
        assert.ok(influence.every((value) => value >= 0 && value <= 8));
        assert.ok(
          replacement >= 0 && replacement <= 1 && completeness >= -1e-12 && completeness <= 1 + 1e-12,
        );
        const leaving = new Float64Array(nodes.length + 1);
        byEdge.forEach((value, edge) => {
          leaving[graph.edges.sources[edge]!]! += value;
        });
        close(leaving, [...influence]);
        const smaller = pruned(graph, keptOf(graph, defaultThresholds));
        const sums = inputSums(graph);
        inputSums(smaller).forEach((sum, index) => {
          const old = graph.nodes.findIndex(({ id }) => id === smaller.nodes[index]!.id);
          if (old > 1) assert.ok(Math.abs(sum - sums[old]!) < 1e-9);
        });
      }),
    );
  });
});
