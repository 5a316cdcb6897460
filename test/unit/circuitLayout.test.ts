import assert from 'node:assert/strict';
import fc from 'fast-check';
import { circuitOf } from '../../src/core/circuit';
import type { CircuitContext } from '../../src/core/circuitWords';
import type { Explanation } from '../../src/core/explanation';
import { layoutOf, type PlacedNode } from '../../src/webview/circuit/layout';
import { explanations } from './support/explanations';

/** Three tokens a line. */
function contextFor(explanation: Explanation): CircuitContext {
  const tokens = explanation.tokens.map(({ index, text }) => ({
    index,
    text,
    line: Math.floor(index / 3),
    probability: null,
    stale: false,
    special: false,
  }));
  return { tokens, headScores: null, target: explanation.target.text, metric: 'The logit' };
}

function overlap(a: PlacedNode, b: PlacedNode): boolean {
  const across = Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1e-6;
  return across && Math.abs(a.y - b.y) < (a.height + b.height) / 2;
}

describe('layout of a circuit', () => {
  const keep = fc.double({ min: 0, max: 1, noNaN: true });
  const aspect = fc.double({ min: 0.4, max: 4, noNaN: true });

  it('places every node and edge within the drawing, and no node on another', () => {
    fc.assert(
      fc.property(explanations, keep, aspect, (explanation, share, wanted) => {
        const circuit = circuitOf(explanation, share);
        const layout = layoutOf(circuit, contextFor(explanation), wanted);
        assert.equal(layout.nodes.length, circuit.nodes.length);
        assert.equal(layout.edges.length, circuit.edges.length);
        for (const [index, node] of layout.nodes.entries()) {
          assert.ok(node.x - node.width / 2 >= 0 && node.x + node.width / 2 <= layout.width, node.node.id);
          assert.ok(node.y - node.height / 2 >= 0 && node.y + node.height / 2 <= layout.height, node.node.id);
          for (const other of layout.nodes.slice(index + 1)) {
            assert.ok(!overlap(node, other), `${node.node.id} lies on ${other.node.id}`);
          }
        }
      }),
    );
  });

  it('puts tokens in reading order, higher layers higher, and the answer on top', () => {
    fc.assert(
      fc.property(explanations, aspect, (explanation, wanted) => {
        const { nodes } = layoutOf(circuitOf(explanation, 1), contextFor(explanation), wanted);
        const tokens = nodes
          .filter(({ node }) => node.kind === 'token')
          .sort((a, b) => a.node.position - b.node.position);
        for (const [at, token] of tokens.slice(1).entries()) assert.ok(token.x > tokens[at]!.x);
        for (const a of nodes) {
          for (const b of nodes) {
            if (a.node.layer !== null && b.node.layer !== null && a.node.layer > b.node.layer)
              assert.ok(a.y < b.y);
          }
        }
        const top = nodes.reduce((best, node) => (node.y < best.y ? node : best));
        assert.equal(top.node.id, 'output');
      }),
    );
  });

  it('draws the strongest edge thickest, and none too thin to be seen', () => {
    fc.assert(
      fc.property(explanations, (explanation) => {
        const { edges } = layoutOf(circuitOf(explanation, 1), contextFor(explanation), 1.5);
        const sorted = [...edges].sort((a, b) => Math.abs(b.edge.value) - Math.abs(a.edge.value));
        for (const [at, edge] of sorted.slice(1).entries()) assert.ok(edge.width <= sorted[at]!.width + 1e-9);
        for (const { width } of edges) assert.ok(width >= 1);
      }),
    );
  });
});
