import assert from 'node:assert/strict';
import { type AttributionGraph, edgesOf, type GraphNode } from '../../src/core/graph';
import { predictedChange } from '../../src/core/graphEffect';
import { groupsOf } from '../../src/core/graphGroups';

function node(id: string, kind: GraphNode['kind'], value: number | null, index = 0): GraphNode {
  const part = kind === 'neuron' || kind === 'head';
  const layer = part ? Number(id[1]) : null;
  return { id, kind, layer, position: 0, index, value, activation: value, probability: null, label: id };
}

function graphOf(
  nodes: readonly GraphNode[],
  edges: readonly (readonly [string, string, number])[],
): AttributionGraph {
  const at = (id: string) => nodes.findIndex((each) => each.id === id);
  return {
    nodes,
    edges: edgesOf(edges.map(([from, to, weight]) => ({ source: at(from), target: at(to), weight }))),
    scoreEdges: [],
  };
}

/** t feeds a and b; a feeds b; both, a head that a feeds, and t itself feed the logit: 1 + 2 + 3 + 4 = 10. */
const graph = graphOf(
  [
    node('t', 'token', null),
    node('L0a', 'neuron', 5),
    node('L1b', 'neuron', 4),
    node('L1h', 'head', 3),
    node('logit', 'logit', 10),
  ],
  [
    ['t', 'L0a', 5],
    ['t', 'L1b', 3],
    ['L0a', 'L1b', 1],
    ['L0a', 'L1h', 3],
    ['t', 'logit', 1],
    ['L0a', 'logit', 2],
    ['L1b', 'logit', 4],
    ['L1h', 'logit', 3],
  ],
);
const change = (...factors: (readonly [string, number])[]) =>
  predictedChange(
    graph,
    new Map(factors.map(([id, factor]) => [graph.nodes.findIndex((each) => each.id === id), factor])),
  );

describe('what a graph says of a change', () => {
  it('is all that goes through what is cut, directly and on', () => {
    assert.equal(change(['L1b', 0]), -4);
    // 2 directly, a quarter of the 4 that L1b brings, all that the head brings.
    assert.equal(change(['L0a', 0]), -(2 + 1 + 3));
    assert.equal(change(['L1h', 0]), -3);
    assert.equal(change(['t', 0]), -10);
  });

  it('is in proportion, and nothing for a factor of 1', () => {
    assert.equal(change(['L0a', 0.5]), -3);
    assert.equal(change(['L0a', 2]), 6);
    assert.equal(change(['L0a', 1]), 0);
  });

  it('counts once what goes through several that are changed', () => {
    assert.equal(change(['L0a', 0], ['L1b', 0]), -(2 + 3 + 4));
    assert.equal(change(['L0a', 0], ['L1h', 0]), -(2 + 1 + 3));
    assert.equal(change(['L0a', 0], ['L1b', 0], ['L1h', 0], ['t', 0]), -10);
    // Half of a reaches half of b: 4 falls to (3 + 0.5) · 0.5.
    assert.equal(change(['L0a', 0.5], ['L1b', 0.5]), -(1 + 1.5 + (4 - 1.75)));
  });

  it('knows nothing where there are several logits', () => {
    const two = { ...graph, nodes: graph.nodes.with(0, node('t', 'logit', 1)) };
    assert.equal(predictedChange(two, new Map([[1, 0]])), null);
  });
});

describe('neurons that do the same', () => {
  /** a and b read and are read alike; c reads the same and pushes the other way; d reads something else. */
  const twins = graphOf(
    [
      node('t', 'token', null),
      node('u', 'token', null),
      node('L0a', 'neuron', 2, 1),
      node('L0b', 'neuron', 4, 2),
      node('L0c', 'neuron', 2, 3),
      node('L0d', 'neuron', 2, 4),
      node('L1e', 'neuron', 2, 5),
      node('err', 'error', null),
      node('logit', 'logit', 5),
    ],
    [
      ['t', 'L0a', 2],
      ['t', 'L0b', 4.1],
      ['u', 'L0b', 0.5],
      ['err', 'L0b', -9],
      ['t', 'L0c', 2],
      ['u', 'L0d', 2],
      ['L0a', 'L1e', 0.1],
      ['t', 'L1e', 2],
      ['L0a', 'logit', 1],
      ['L0b', 'logit', 2],
      ['L0c', 'logit', -1],
      ['L0d', 'logit', 1],
      ['L1e', 'logit', 2],
    ],
  );

  it('are offered as a group: alike in what goes in and what goes out, at one place', () => {
    assert.deepEqual(groupsOf(twins), [{ label: '2 neurons of layer 0', nodes: ['L0a', 'L0b'] }]);
  });

  it('are no group when they promote other tokens, and are called by those that all promote', () => {
    const promoting = (tokens: Readonly<Record<string, readonly string[]>>) =>
      groupsOf(twins, ({ id }) => tokens[id] ?? null);
    assert.deepEqual(promoting({ L0a: ['self', 'cls'], L0b: ['if', 'while'] }), []);
    assert.deepEqual(promoting({ L0a: [' self', 'cls'], L0b: [' self', 'this'] }), [
      { label: '2 neurons of layer 0: promote " self"', nodes: ['L0a', 'L0b'] },
    ]);
    assert.equal(promoting({ L0a: [' self'] }).length, 1, 'nobody knows what the other one promotes');
  });

  it('are found among very many neurons too, of which the most influential are compared', () => {
    const many = Array.from({ length: 6000 }, (_, at) => `L0n${at}`);
    const weight = (id: string) => (['L0n17', 'L0n4000'].includes(id) ? 5 : 0.001);
    const large = graphOf(
      [
        node('t', 'token', null),
        node('logit', 'logit', 16),
        ...many.map((id, at) => node(id, 'neuron', 1, at)),
      ],
      many.flatMap((id) => [['t', id, 1] as const, [id, 'logit', weight(id)] as const]),
    );
    const promoted = (id: string) => (weight(id) > 1 ? 'self' : id.replace(/599[89]/, 'weak'));
    assert.deepEqual(
      groupsOf(large, ({ id }) => [promoted(id)]).map(({ nodes }) => nodes),
      [['L0n17', 'L0n4000']],
    );
  });

  it('are alike each two of a group, not only as a chain', () => {
    const angles = [0, 35, 70].map((degrees) => (degrees * Math.PI) / 180);
    const chain = graphOf(
      [
        node('t', 'token', null),
        node('u', 'token', null),
        ...angles.map((_, i) => node(`L0n${i}`, 'neuron', 1, i)),
        node('logit', 'logit', 3),
      ],
      angles.flatMap((angle, i) => [
        ['t', `L0n${i}`, Math.cos(angle)] as const,
        ['u', `L0n${i}`, Math.sin(angle)] as const,
        [`L0n${i}`, 'logit', 1] as const,
      ]),
    );
    assert.deepEqual(
      groupsOf(chain).map(({ nodes }) => nodes.length),
      [2],
    );
  });
});
