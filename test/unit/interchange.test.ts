import assert from 'node:assert/strict';
import Ajv from 'ajv';
import fc from 'fast-check';
import schema from '../../src/cli/schemas/graph.json';
import { WhenceError } from '../../src/core/errors';
import { edgesOf, type GraphNode, type GraphNodeKind } from '../../src/core/graph';
import { emptyView, type GraphDocument } from '../../src/core/graphDocument';
import { pair, unpair } from '../../src/core/interchange/cantor';
import { exportGraph } from '../../src/core/interchange/export';
import type { GraphFile } from '../../src/core/interchange/format';
import { importGraph } from '../../src/core/interchange/import';
import { circuitTracerFile, replacementModelFile } from './support/graphFiles';

const validate = new Ajv({ allErrors: true }).compile(schema);

function assertValid(file: unknown): void {
  assert.ok(validate(file), JSON.stringify(validate.errors?.slice(0, 3)));
}

const read = (file: unknown) => importGraph(JSON.stringify(file));
const written = (document: GraphDocument) =>
  JSON.parse(JSON.stringify(exportGraph(document, '1.2.3'))) as GraphFile;

const text = fc.oneof(fc.string(), fc.constantFrom('"', "'", ' of', '\n', '__proto__', 'constructor', '(p='));
const partKinds = ['neuron', 'head', 'feature', 'attention-feature', 'error'] as const;

/** Graphs of all kinds of nodes, layer by layer, with pins, groups and names. */
const documents: fc.Arbitrary<GraphDocument> = fc
  .record({
    layers: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: 4 }),
    labels: fc.array(text, { minLength: 1, maxLength: 5 }),
    parts: fc.array(fc.tuple(fc.constantFrom(...partKinds), fc.nat(3), fc.nat(4), fc.nat(3)), {
      maxLength: 25,
    }),
    links: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.double({ min: -9, max: 9, noNaN: true })), {
      maxLength: 60,
    }),
    picks: fc.array(fc.nat(), { maxLength: 6 }),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ layers, length, labels, parts, links, picks, probability }) => {
    const nodes: GraphNode[] = [];
    const add = (
      kind: GraphNodeKind,
      layer: number | null,
      position: number | null,
      index: number | null,
    ) => {
      const label = labels[nodes.length % labels.length]!;
      const value = kind === 'neuron' ? 0.5 : null;
      const given = kind === 'logit' ? probability : null;
      const id = kind === 'neuron' ? `L${layer}N${index}@${position}` : `${kind}${nodes.length}`;
      if (nodes.some((node) => node.id === id)) return;
      nodes.push({ id, kind, layer, position, index, value, activation: value, probability: given, label });
    };
    for (let at = 0; at < length; at++) add('token', null, at, at + 5);
    add('position', null, 0, null);
    add('bias', null, null, null);
    add('error', null, 0, null);
    const sorted = parts.toSorted((a, b) => (a[1] % layers) - (b[1] % layers));
    for (const [kind, layer, index, at] of sorted)
      add(kind, layer % layers, at % length, kind === 'error' ? null : index);
    add('logit', null, length - 1, 7);
    const edges = new Map<string, { source: number; target: number; weight: number }>();
    for (const [a, b, weight] of links) {
      const [source, target] = [
        Math.min(a % nodes.length, b % nodes.length),
        Math.max(a % nodes.length, b % nodes.length),
      ];
      if (source !== target) edges.set(`${source}>${target}`, { source, target, weight: weight + 0 });
    }
    const picked = [...new Set(picks.map((pick) => nodes[pick % nodes.length]!.id))];
    const scoreEdges =
      nodes.length > 8
        ? [{ source: 0, head: 7, side: 'key' as const, key: 0, score: 1.5, effect: -0.25 }]
        : [];
    return {
      slug: 'a-graph',
      model: 'whence-code',
      prompt: labels.join(''),
      tokens: Array.from({ length }, (_, at) => labels[at % labels.length]!),
      neurons: 64,
      graph: { nodes, edges: edgesOf(edges.values()), scoreEdges },
      view: {
        pinned: picked,
        supernodes: picked.length > 1 ? [{ label: labels[0]!, nodes: picked }] : [],
        labels: Object.fromEntries(
          picked.slice(0, 2).map((id, index) => [id, labels[index % labels.length]!]),
        ),
        clicked: picked[0] ?? null,
      },
    };
  });

describe('graphs exchanged with other tools', () => {
  it('pair layer and index as one number, and back', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(10_000_000), (layer, index) => {
        assert.deepEqual(unpair(pair(layer, index)), { layer, index });
      }),
    );
    assert.equal(pair(1, 25), 376);
    assert.deepEqual(unpair(pair(3, 99_999_990)), { layer: 3, index: 99_999_990 });
  });

  it('are valid, with ids of their own and what viewers read from labels and layers', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const file = written(document);
        assertValid(file);
        const ids = file.nodes.map(({ node_id }) => node_id);
        assert.equal(new Set(ids).size, ids.length);
        for (const { source, target } of file.links) assert.ok(ids.includes(source) && ids.includes(target));
        const layers = file.nodes
          .filter(({ feature_type }) => feature_type !== 'logit')
          .map(({ layer }) => Number(layer));
        const parts = layers.filter(Number.isFinite);
        for (const { clerp, layer, feature_type, whence } of file.nodes) {
          if (feature_type !== 'logit') continue;
          const shown = Number.parseFloat(clerp.split('(p=')[1]!);
          assert.ok(Math.abs(shown - whence.probability!) <= 5e-4 + 1e-12);
          assert.ok(parts.every((part) => part < Number(layer)));
        }
        assert.ok(parts.length === 0 || Math.max(...parts) > 0, 'a highest layer of 0 makes viewers fail');
      }),
    );
  });

  it('come back as they were, with names, pins and groups', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const { document: back, warnings } = read(written(document));
        assert.deepEqual(warnings, []);
        assert.deepEqual(back, document);
      }),
    );
  });

  it('give cumulative influence: the strongest node has the smallest', () => {
    const { document } = read(circuitTracerFile);
    const { nodes, metadata } = written(document);
    const of = (id: string) => nodes.find(({ whence }) => whence.id === id)!.influence;
    assert.equal(of('27_42_2'), null);
    assert.ok(of('1_25_2')! < of('0_0_2')!);
    assert.ok(metadata.replacement_score > 0 && metadata.replacement_score < 1);
  });

  it('are read as circuit-tracer writes them, its colliding ids told apart', () => {
    const { document, warnings } = read(circuitTracerFile);
    const { nodes, edges } = document.graph;
    assert.deepEqual(
      nodes.map(({ id, kind, layer, position, index }) => [id, kind, layer, position, index]),
      [
        ['0_0_2', 'feature', 0, 2, 0],
        ['1_25_2', 'feature', 1, 2, 25],
        ['error:0_0_2', 'error', 0, 2, null],
        ['E_714_2', 'token', null, 2, 714],
        ['27_42_2', 'logit', null, 2, 42],
      ],
    );
    assert.deepEqual([...edges.sources], [3, 0, 2, 1]);
    assert.deepEqual([...edges.targets], [0, 1, 1, 4]);
    assert.deepEqual([...edges.weights], [1.5, -2, 0.25, 3]);
    assert.equal(nodes[4]!.probability, 0.625);
    assert.equal(nodes[1]!.activation, 1.25);
    assert.deepEqual(document.view.pinned, ['1_25_2', '27_42_2']);
    assert.deepEqual(document.view.supernodes, [
      { label: 'places', nodes: ['0_0_2', '1_25_2'] },
      { label: 'empty', nodes: [] },
    ]);
    assert.equal(document.view.clicked, '1_25_2');
    assert.match(warnings[0]!, /^1 links were left out/);
    assert.match(warnings[1]!, /^2 links come from an id that a feature and an error share/);
    const again = written(document);
    assertValid(again);
    assert.equal(new Set(again.nodes.map(({ node_id }) => node_id)).size, 5);
    assert.equal(again.nodes[1]!.feature, 376);
  });

  it('are read as replacement models write them: attention features, errors and biases of both kinds', () => {
    const { document, warnings } = read(replacementModelFile);
    const { nodes, scoreEdges, edges } = document.graph;
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      nodes.map(({ kind, layer, index }) => [kind, layer, index]),
      [
        ['feature', 0, 3],
        ['attention-feature', 1, 7],
        ['error', 0, null],
        ['error', 1, null],
        ['bias', 1, null],
        ['token', null, 5],
        ['logit', null, 11],
      ],
    );
    assert.equal(edges.weights.length, 5);
    assert.equal(nodes.at(-1)!.probability, 0.5);
    assert.deepEqual(scoreEdges, [
      { source: 5, head: 1, side: 'query', key: null, score: 0.75, effect: null },
      { source: 0, head: 1, side: 'key', key: null, score: -0.5, effect: null },
    ]);
    assert.deepEqual(document.view.pinned, ['1_lor_7_1', '0_cro_3_0']);
    assert.deepEqual(document.view.labels, { '0_cro_3_0': 'letters' });
    assertValid(written(document));
  });

  it('of one layer are lifted by one, because viewers find no layer where the highest is 0', () => {
    const node: GraphNode = {
      id: 'L0N3@0',
      kind: 'neuron',
      layer: 0,
      position: 0,
      index: 3,
      value: 1,
      activation: 1,
      probability: null,
      label: 'L0N3',
    };
    const graph = { nodes: [node], edges: edgesOf([]), scoreEdges: [] };
    const document = {
      slug: 's',
      model: 'm',
      prompt: 'p',
      tokens: ['p'],
      neurons: 8,
      graph,
      view: emptyView,
    };
    const [out] = written(document).nodes;
    assert.deepEqual([out!.layer, out!.node_id, out!.feature], ['1', '1_3_0', pair(1, 3)]);
    assert.deepEqual(read(written(document)).document, document);
  });

  it('refuse with a sentence what is too large or no graph', () => {
    const refused: readonly (readonly [unknown, RegExp])[] = [
      [[], /no JSON object/],
      [{ nodes: [] }, /no metadata, nodes and links/],
      [{ ...circuitTracerFile, nodes: [{}] }, /node 0 has no node_id/],
      [{ ...circuitTracerFile, nodes: [3] }, /node 0 is no object/],
      [{ ...circuitTracerFile, nodes: [{ node_id: 'a', feature_type: 'logit' }] }, /node a has no ctx_idx/],
      [
        { ...circuitTracerFile, nodes: Array(2).fill(circuitTracerFile.nodes[0]) },
        /two nodes 0_0_2 of one type/,
      ],
      [{ ...circuitTracerFile, nodes: Array(200_001).fill(0) }, /200001 nodes where 200000 is the most/],
      [{ ...circuitTracerFile, links: Array(3_000_001).fill(0) }, /3000001 links where 3000000 is the most/],
    ];
    for (const [file, message] of refused) assert.throws(() => read(file), { code: 'bad-input', message });
    assert.throws(() => importGraph('{'), /it is no JSON/);
    assert.throws(() => importGraph(' '.repeat(100_000_001)), /has 101 MB where 100 MB is the most/);
  });

  it('never fail otherwise: whatever a value is replaced by, it is a graph or a sentence', () => {
    const paths: (readonly (string | number)[])[] = [];
    const collect = (value: unknown, path: readonly (string | number)[]) => {
      paths.push(path);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) collect(inner, [...path, key]);
    };
    const files = [circuitTracerFile, replacementModelFile, written(read(circuitTracerFile).document)];
    for (const file of files) {
      paths.length = 0;
      collect(file, []);
      fc.assert(
        fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
          const changed = JSON.parse(JSON.stringify({ file })) as Record<string, never>;
          let at: Record<string | number, never> = changed;
          for (const key of ['file', ...path].slice(0, -1)) at = at[key]!;
          at[path.at(-1) ?? 'file'] = value as never;
          try {
            assertValid(written(read(changed.file).document));
          } catch (thrown) {
            assert.ok(thrown instanceof WhenceError && thrown.code === 'bad-input', String(thrown));
          }
        }),
        { numRuns: 400 },
      );
    }
  });
});
