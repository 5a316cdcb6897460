import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Circuit, circuitOf } from '../../src/core/circuit';
import { pathsThrough } from '../../src/core/circuitPaths';
import { explanations } from './support/explanations';

const keep = fc.double({ min: 0, max: 1, noNaN: true });

function into(circuit: Circuit, id: string): number {
  return sum(circuit.edges.filter((edge) => edge.to === id).map((edge) => edge.value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function near(actual: number, expected: number): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );
}

describe('circuit of an explanation', () => {
  it('loses nothing: what is drawn and the rest add up to all components', () => {
    fc.assert(
      fc.property(explanations, keep, (explanation, share) => {
        const circuit = circuitOf(explanation, share);
        const all = sum(explanation.components.map((component) => component.direct));
        near(into(circuit, 'output'), all);
        near(circuit.total, all);
        const rest = circuit.nodes.find((node) => node.kind === 'rest');
        const drawn = sum(
          circuit.edges
            .filter(({ to, from }) => to === 'output' && from !== 'rest')
            .map(({ value }) => value),
        );
        near(drawn + (rest?.value ?? 0), all);
        assert.equal(circuit.drawn + (rest?.count ?? 0), explanation.components.length);
      }),
    );
  });

  it('gives every drawn head inputs that add up to it, and every token what leaves it', () => {
    fc.assert(
      fc.property(explanations, keep, (explanation, share) => {
        const circuit = circuitOf(explanation, share);
        for (const node of circuit.nodes) {
          if (node.kind === 'head') near(into(circuit, node.id), node.value);
          if (node.kind === 'token' || node.kind === 'others') {
            near(
              sum(circuit.edges.filter(({ from }) => from === node.id).map(({ value }) => value)),
              node.value,
            );
          }
        }
      }),
    );
  });

  it('draws the strongest parts until the wanted share is reached, and not one more', () => {
    fc.assert(
      fc.property(explanations, keep, (explanation, share) => {
        const circuit = circuitOf(explanation, share);
        assert.ok(circuit.kept >= share - 1e-9);
        const drawn = circuit.edges
          .filter(({ to, from }) => to === 'output' && from !== 'rest')
          .map(({ value }) => Math.abs(value));
        const all = sum(explanation.components.map(({ direct }) => Math.abs(direct)));
        if (share < 1 && drawn.length > 1) assert.ok(sum(drawn) - Math.min(...drawn) < share * all + 1e-9);
      }),
    );
  });

  it('draws everything at 100 %, with no rest', () => {
    fc.assert(
      fc.property(explanations, (explanation) => {
        const circuit = circuitOf(explanation, 1);
        assert.equal(circuit.drawn, explanation.components.length);
        assert.ok(circuit.nodes.every((node) => node.kind !== 'rest'));
      }),
    );
  });

  it('draws pinned parts whatever the share', () => {
    fc.assert(
      fc.property(explanations, (explanation) => {
        const weakest = explanation.components.filter(({ name }) => name !== 'embed').at(-1)!;
        const circuit = circuitOf(explanation, 0, new Set([weakest.name]));
        assert.ok(circuit.nodes.some((node) => node.id === weakest.name));
        near(into(circuit, 'output'), sum(explanation.components.map(({ direct }) => direct)));
      }),
    );
  });

  it('has no edge without both of its ends, and no node twice', () => {
    fc.assert(
      fc.property(explanations, keep, (explanation, share) => {
        const { nodes, edges } = circuitOf(explanation, share);
        const ids = new Set(nodes.map(({ id }) => id));
        assert.equal(ids.size, nodes.length);
        assert.equal(new Set(edges.map(({ id }) => id)).size, edges.length);
        for (const { from, to } of edges) assert.ok(ids.has(from) && ids.has(to), `${from} > ${to}`);
      }),
    );
  });

  it('names the paths through a part: what it reads from and what reads from it, not its neighbours', () => {
    fc.assert(
      fc.property(explanations, (explanation) => {
        const circuit = circuitOf(explanation, 1);
        const head = circuit.nodes.find((node) => node.kind === 'head');
        if (!head) return;
        const paths = pathsThrough(circuit, [head.id]);
        const sources = circuit.edges.filter(({ to }) => to === head.id).map(({ from }) => from);
        assert.deepEqual([...paths.nodes].sort(), [...new Set([head.id, 'output', ...sources])].sort());
        assert.equal(paths.edges.size, sources.length + 1);
      }),
    );
  });
});
