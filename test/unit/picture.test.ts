import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CircuitSubject } from '../../src/core/circuitPanel';
import { type AttributionGraph, edgesOf, type GraphNode, type ScoreEdge } from '../../src/core/graph';
import { emptyView, type GraphView } from '../../src/core/graphDocument';
import { keptOf } from '../../src/core/graphPrune';
import { Keeping } from '../../src/core/picture/keeping';
import { layoutOf } from '../../src/core/picture/layout';
import { circuitMermaid } from '../../src/core/picture/mermaid';
import { endsOf, pathsThrough } from '../../src/core/picture/paths';
import { groupId, isRemainder, type Picture, pictureOf } from '../../src/core/picture/picture';
import { circuitSvg } from '../../src/core/picture/svg';
import { circuitText } from '../../src/core/picture/text';
import { nodeName, type PictureContext } from '../../src/core/picture/words';

const box = { width: 840, height: 600 };
const texts = ['def', ' a', '(', '"<&>`#\n', ')', ' a'];

function node(
  id: string,
  kind: GraphNode['kind'],
  layer: number | null,
  position: number | null,
  index: number,
): GraphNode {
  const part =
    kind === 'head'
      ? `L${layer}H${index}`
      : kind === 'neuron'
        ? `L${layer}N${index}`
        : (texts[position ?? 0] ?? id);
  return {
    id,
    kind,
    layer,
    position,
    index,
    value: null,
    activation: kind === 'neuron' ? 1.5 : null,
    probability: kind === 'logit' ? 0.6 : null,
    label: kind === 'logit' ? '" a"' : part,
  };
}

/** An induction circuit: the previous-token head tells the induction head where to look, which carries ` a` on. */
const nodes = [
  ...texts.map((_, position) => node(`t${position}`, 'token', null, position, 10 + position)),
  node('L0H1@2', 'head', 0, 2, 1),
  node('L1H0@5', 'head', 1, 5, 0),
  node('L1N7@5', 'neuron', 1, 5, 7),
  node('L1N8@5', 'neuron', 1, 5, 8),
  node('L0error@5', 'error', 0, 5, 0),
  node('logit11', 'logit', null, 5, 11),
];
const at = (id: string) => nodes.findIndex((each) => each.id === id);
const edge = (from: string, to: string, weight: number) => ({ source: at(from), target: at(to), weight });
const graph: AttributionGraph = {
  nodes,
  edges: edgesOf([
    edge('t1', 'L0H1@2', 0.2),
    edge('t2', 'L1H0@5', 3),
    edge('L1H0@5', 'L1N7@5', 1),
    edge('t5', 'L1N7@5', 0.5),
    edge('t5', 'L1N8@5', 0.4),
    edge('L0error@5', 'L1N8@5', -0.1),
    edge('L1H0@5', 'logit11', 4),
    edge('L1N7@5', 'logit11', 1.5),
    edge('L1N8@5', 'logit11', -0.5),
    edge('L0error@5', 'logit11', 0.25),
  ]),
  scoreEdges: [
    { source: at('L0H1@2'), head: at('L1H0@5'), side: 'key', key: 2, score: 5, effect: 3.5 },
  ] satisfies ScoreEdge[],
};

const subject: CircuitSubject = {
  id: 'x',
  title: 'a.py',
  model: 'hand-made',
  precision: 'fp32',
  target: ' a',
  contrast: null,
  probability: 0.6,
  metric: 'The logit of the token minus the mean logit',
  sentence: 'Copied from line 1.',
  tokens: texts.map((text, position) => ({ text, line: position < 4 ? 0 : 1, special: false })),
};
const context: PictureContext = { subject, headScores: null, names: { 'L1N7@5': 'after `(`' }, graph };

function draw(percent: number, view: GraphView = emptyView, folded: readonly number[] = []): Picture {
  const keeping = new Keeping(graph);
  return pictureOf({ graph, influence: keeping.influence, kept: keeping.kept(percent), view, folded });
}

const ids = ({ nodes: drawn }: Picture) => drawn.map(({ id }) => id);
const sumInto = ({ edges }: Picture, index: number) =>
  edges.filter(({ to }) => to === index).reduce((sum, { weight }) => sum + weight, 0);

/** Graphs of some layers whose edges lead upward. */
const graphs = fc
  .array(
    fc.record({ layer: fc.nat(3), position: fc.nat(5), kind: fc.constantFrom('head', 'neuron', 'error') }),
    {
      maxLength: 120,
    },
  )
  .chain((parts) => {
    const made = [
      ...texts.map((_, position) => node(`t${position}`, 'token', null, position, position)),
      ...parts
        .sort((a, b) => a.layer - b.layer || Number(a.kind === 'neuron') - Number(b.kind === 'neuron'))
        .map(({ layer, position, kind }, index) =>
          node(`${kind}${index}@${position}`, kind as GraphNode['kind'], layer, position, index),
        ),
      node('logit', 'logit', null, 5, 0),
    ];
    const link = fc.record({
      a: fc.nat(made.length - 1),
      b: fc.nat(made.length - 1),
      weight: fc.double({ min: -5, max: 5, noNaN: true }),
    });
    return fc.array(link, { maxLength: 300 }).map((links): AttributionGraph => {
      const upward = links.flatMap(({ a, b, weight }) => {
        const [source, target] = [Math.min(a, b), Math.max(a, b)];
        const fits = source !== target && target >= texts.length && made[target]!.kind !== 'error';
        return fits ? [{ source, target, weight }] : [];
      });
      return { nodes: made, edges: edgesOf(upward), scoreEdges: [] };
    });
  });

describe('a picture of a graph', () => {
  it('draws nodes and edges that the slider keeps, and everything at its end', () => {
    const all = draw(100);
    assert.equal(all.parts, 4);
    assert.ok(['t1', 't2', 't5', 'L1H0@5', 'L1N7@5', 'logit11'].every((id) => ids(all).includes(id)));
    assert.ok(
      !ids(all).includes('t0') && !ids(all).includes('L0error@5'),
      'what gives nothing, and errors, are not',
    );
    assert.ok(draw(40).parts < 4);
  });

  it('adds up: what goes into a drawn node is what goes into it in the graph', () => {
    for (const percent of [20, 50, 80, 100]) {
      const picture = draw(percent);
      picture.nodes.forEach((each, index) => {
        const [own] = each.members;
        if (each.kind === 'rest' || own === undefined) return;
        const expected = graph.edges.weights.reduce(
          (sum, weight, i) => sum + (graph.edges.targets[i] === own ? weight : 0),
          0,
        );
        assert.ok(Math.abs(sumInto(picture, index) - expected) < 1e-12, `${each.id} at ${percent}%`);
      });
    }
  });

  it('draws who tells a drawn head where to look, though no influence flows there', () => {
    const picture = draw(50);
    const names = ids(picture);
    assert.ok(names.includes('L1H0@5') && names.includes('L0H1@2') && names.includes('t1'));
    const [score] = picture.scores;
    assert.deepEqual(
      [names[score!.from], names[score!.to], score!.effect, score!.telling],
      ['L0H1@2', 'L1H0@5', 3.5, true],
    );
  });

  it('draws what is pinned, with its edges', () => {
    const view = { ...emptyView, pinned: ['L1N8@5'] };
    assert.ok(!ids(draw(40)).includes('L1N8@5'));
    const picture = draw(40, view);
    const place = ids(picture).indexOf('L1N8@5');
    assert.ok(picture.edges.some(({ from, to }) => from === place && ids(picture)[to] === 'logit11'));
  });

  it('draws a group and a folded layer as one, with the sum of their edges', () => {
    const members = ['L1N7@5', 'L1N8@5'];
    const grouped = draw(100, { ...emptyView, supernodes: [{ label: 'two', nodes: members }] });
    const group = ids(grouped).indexOf(groupId(members));
    assert.equal(grouped.nodes[group]!.label, 'two');
    const answer = ids(grouped).indexOf('logit11');
    const given = grouped.edges.find(({ from, to }) => from === group && to === answer)!;
    assert.ok(Math.abs(given.weight - 1) < 1e-12, '1.5 − 0.5');
    const folded = draw(100, emptyView, [1]);
    const layer = ids(folded).indexOf('layer 1');
    assert.equal(folded.nodes[layer]!.members.length, 3);
    assert.ok(!folded.edges.some(({ from, to }) => from === to));
  });

  it('never loses a value, whatever the graph, the step and the groups', () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 10, max: 100 }), (made, percent) => {
        const keeping = new Keeping(made);
        const parts = made.nodes
          .filter(({ kind }) => kind === 'head' || kind === 'neuron')
          .map(({ id }) => id);
        const view = {
          ...emptyView,
          supernodes: parts.length > 3 ? [{ label: 'g', nodes: parts.slice(0, 2) }] : [],
        };
        const picture = pictureOf({
          graph: made,
          influence: keeping.influence,
          kept: keeping.kept(percent),
          view,
          folded: [],
        });
        picture.nodes.forEach((each, index) => {
          if (each.kind === 'rest' || each.kind === 'group') return;
          const [own] = each.members;
          const expected = made.edges.weights.reduce(
            (sum, w, i) => sum + (made.edges.targets[i] === own ? w : 0),
            0,
          );
          assert.ok(Math.abs(sumInto(picture, index) - expected) < 1e-9, each.id);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('places every node inside the drawing and over no other, whatever the graph', () => {
    fc.assert(
      fc.property(graphs, fc.double({ min: 0.4, max: 3, noNaN: true }), (made, aspect) => {
        const keeping = new Keeping(made);
        const kept = keptOf(made, { nodes: 1, edges: 1 });
        const picture = pictureOf({
          graph: made,
          influence: keeping.influence,
          kept,
          view: emptyView,
          folded: [],
        });
        const layout = layoutOf(picture, subject.tokens, { width: 600 * aspect, height: 600 });
        layout.nodes.forEach((a, index) => {
          assert.ok(a.x - a.width / 2 >= 0 && a.x + a.width / 2 <= layout.width, `${a.node.id} across`);
          assert.ok(
            a.y - a.height / 2 >= 0 && a.y + a.height / 2 <= layout.height,
            `${a.node.id} up and down`,
          );
          for (const b of layout.nodes.slice(index + 1)) {
            const over =
              Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1e-6 &&
              Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 1e-6;
            assert.ok(!over, `${a.node.id} over ${b.node.id}`);
          }
        });
      }),
      { numRuns: 150 },
    );
  });

  it('has room for the rests of layers of which nothing else is drawn', () => {
    const errors = Array.from({ length: 9 }, (_, layer) => node(`L${layer}error@5`, 'error', layer, 5, 0));
    const all = [node('t5', 'token', null, 5, 5), ...errors, node('logit', 'logit', null, 5, 0)];
    const weights = [5, 4, 4, 4, 4, 0.1, 0.1, 0.1, 0.1, 0.1];
    const links = weights.map((weight, source) => ({ source, target: all.length - 1, weight }));
    const made = { nodes: all, edges: edgesOf(links), scoreEdges: [] };
    const keeping = new Keeping(made);
    const kept = keeping.kept(100);
    const drawn = pictureOf({ graph: made, influence: keeping.influence, kept, view: emptyView, folded: [] });
    const { nodes: placed, height } = layoutOf(drawn, subject.tokens, box);
    const remainders = placed.filter((each) => isRemainder(each.node));
    assert.equal(remainders.length, 5);
    for (const { y, height: high } of remainders) assert.ok(y - high / 2 >= 0 && y + high / 2 <= height);
  });

  it('puts heads below the neurons of their layer and above their text, the answer on top', () => {
    const picture = draw(100);
    const { nodes: placed } = layoutOf(picture, subject.tokens, box);
    const y = (id: string) => placed.find((each) => each.node.id === id)!.y;
    assert.ok(y('logit11') < y('L1N7@5') && y('L1N7@5') < y('L1H0@5') && y('L1H0@5') < y('L0H1@2'));
    assert.ok(y('L0H1@2') < y('t1'));
  });

  it('lights what a node reads and gives, and from there the strong edges only', () => {
    const picture = draw(100);
    const place = (id: string) => ids(picture).indexOf(id);
    const lit = pathsThrough(picture, endsOf(picture), [place('L1N7@5')]);
    assert.ok(['L1H0@5', 't2', 't5', 'logit11'].every((id) => lit.nodes.has(place(id))));
    assert.ok(!lit.nodes.has(place('L1N8@5')));
    assert.equal(lit.scores.size, 0);
    const fromText = pathsThrough(picture, endsOf(picture), [place('t2')]).nodes;
    assert.ok(
      fromText.has(place('logit11')) && !fromText.has(place('L1N7@5')),
      'the weak way past the head is left',
    );
    assert.equal(pathsThrough(picture, endsOf(picture), [place('L0H1@2')]).scores.size, 1);
  });

  it('finds a step that can be read, and shows a small graph whole', () => {
    assert.equal(new Keeping(graph).readable(), 100);
    const many = Array.from({ length: 300 }, (_, index) => node(`L0N${index}@5`, 'neuron', 0, 5, index));
    const all = [
      ...texts.map((_, p) => node(`t${p}`, 'token', null, p, p)),
      ...many,
      node('logit', 'logit', null, 5, 0),
    ];
    const links = many.flatMap((_, index) => [
      { source: 5, target: 6 + index, weight: 1 },
      { source: 6 + index, target: all.length - 1, weight: 1 / (1 + index) },
    ]);
    const crowded = new Keeping({ nodes: all, edges: edgesOf(links), scoreEdges: [] });
    const step = crowded.readable();
    const drawn = crowded.kept(step).nodes.filter(Boolean).length - texts.length;
    assert.ok(step < 100 && drawn <= 40, `${drawn} at ${step}%`);
  });
});

describe('a picture to take along', () => {
  const picture = draw(100);
  const extent = { percent: 100, all: 4, scores: new Keeping(graph).scores(100) };

  it('is told in words: what gave most, what that read, why the head looked there, what spoke against', () => {
    const text = circuitText(picture, context, extent);
    assert.match(text, /^Circuit of “ a” \(hand-made, probability 0\.60\)\nCopied from line 1\./);
    assert.match(
      text,
      /\+4\.00 {2}L1H0 at ‘a’ on line 2\n {9}reads .*on line 1 \(\+3\.00\)\n {9}looks there because of L0H1/,
    );
    assert.match(text, /against it\n {2}−0\.50 {2}L1N8/);
    assert.match(text, /L1N7 at ‘a’ on line 2 \(after `\(`\)/);
    assert.match(text, /4 of 4 parts/);
    const told = [...text.matchAll(/^ {2}([+−][\d.]+) {2}/gm)].map(([, value]) =>
      Number(value!.replace('−', '-')),
    );
    assert.ok(Math.abs(told.reduce((sum, value) => sum + value, 0) - 5.25) < 0.03, `${told}`);
  });

  it('is Mermaid in which no text of the model means anything', () => {
    const chart = circuitMermaid(picture, context);
    assert.match(chart, /^flowchart BT\n {2}subgraph text/);
    assert.match(chart, /n\d+ -->\|"\+4\.00"\| n\d+/);
    assert.match(chart, /n\d+ -\.->\|"−0\.50"\| n\d+/);
    assert.match(chart, /-\. "key of" \.-o/);
    const odd = {
      ...context,
      subject: { ...subject, tokens: subject.tokens.map((token) => ({ ...token, text: '"]\nend;<b>#`' })) },
    };
    for (const line of circuitMermaid(picture, odd).split('\n')) {
      const label = /^ {4}n\d+\(?\["(.*)"\]\)?$/.exec(line)?.[1];
      if (label !== undefined) assert.doesNotMatch(label, /["<>`]/, line);
      else assert.match(line, /^(flowchart BT|| {2}(subgraph|end|n\d+).*)$/, line);
    }
  });

  it('is SVG that is well-formed whatever the tokens are', () => {
    const odd = '\u0000<script>"&\ud800\u{1f600}';
    const tokens = subject.tokens.map((token) => ({ ...token, text: odd }));
    const of = { ...context, subject: { ...subject, target: odd, tokens } };
    const svg = circuitSvg(picture, layoutOf(picture, tokens, box), of);
    assert.doesNotMatch(svg, /<script|[^\P{Cc}\n]|\p{Cs}/u);
    assert.equal(svg.match(/<(g|svg|title|text)[ >]/g)!.length, svg.match(/<\/(g|svg|title|text)>/g)!.length);
    for (const each of picture.nodes)
      assert.ok(
        circuitSvg(picture, layoutOf(picture, subject.tokens, box), context).includes(
          `<title>${xml(nodeName(each, context))}</title>`,
        ),
      );
    assert.equal(svg.match(/<path d="M [\d. -]+ C/g)!.length, drawnEdges());
  });

  function drawnEdges(): number {
    const edges = picture.edges.filter(({ from }) => picture.nodes[from]!.kind !== 'rest').length;
    const rests = picture.edges.filter(({ from, strength }) => {
      const each = picture.nodes[from]!;
      return each.kind === 'rest' && !isRemainder(each) && strength >= 0.1;
    }).length;
    return edges + rests + picture.scores.length;
  }

  function xml(text: string): string {
    return text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;');
  }
});
