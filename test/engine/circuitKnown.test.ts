import assert from 'node:assert/strict';
import { inputSums } from '../../src/core/graph';
import { influenceOf } from '../../src/core/graphInfluence';
import { singleTarget } from '../../src/engine/circuit/targets';
import { type Circuit, traceCircuit } from '../../src/engine/circuit/trace';
import { traceOf } from '../../src/engine/explain/trace';
import { bracket, brackets } from '../handbuilt/brackets';
import { docstring, docstringMover } from '../handbuilt/docstring';
import { induction } from '../handbuilt/induction';
import { quote, quotes } from '../handbuilt/quotes';
import { cancelling, trap } from '../handbuilt/traps';
import type { HandBuilt } from '../handbuilt/weights';

async function circuitOf(
  built: HandBuilt,
  ids: readonly number[],
  target: number,
  contrast: number | null = null,
): Promise<Circuit> {
  const model = await built.load();
  const trace = await traceOf(model, ids);
  const targets = [singleTarget(trace, target, contrast)];
  const nodes = Number.POSITIVE_INFINITY;
  const circuit = await traceCircuit(model, { trace, targets, nodes, textOf: String });
  await model.close();
  assert.ok(circuit.complete && circuit.checks.every(({ holds }) => holds), JSON.stringify(circuit.checks));
  assert.ok(circuit.graph.nodes.every(({ kind }) => kind !== 'error'));
  const { replacement, completeness } = influenceOf(circuit.graph);
  assert.ok(Math.abs(replacement - 1) < 1e-9 && Math.abs(completeness - 1) < 1e-9);
  return circuit;
}

/**
 * How much each node does in the circuit: the influence on the output, where what a head looks at is moved by score edges
 * as much as by values. Each side of a score is shared out by magnitude.
 */
function strengths({ graph }: Circuit): ReadonlyMap<string, number> {
  const { nodes, edges, scoreEdges } = graph;
  const found = new Map(nodes.map(({ id }, index) => [id, influenceOf(graph).nodes[index]!]));
  const sums = new Float64Array(nodes.length);
  edges.weights.forEach((weight, edge) => {
    sums[edges.targets[edge]!]! += Math.abs(weight);
  });
  const give = (node: number, amount: number): void => {
    const { id } = nodes[node]!;
    found.set(id, found.get(id)! + amount);
    edges.targets.forEach((target, edge) => {
      if (target !== node || edges.weights[edge] === 0) return;
      give(edges.sources[edge]!, (amount * Math.abs(edges.weights[edge]!)) / sums[node]!);
    });
  };
  const influence = influenceOf(graph).nodes;
  for (const side of ['query', 'key'] as const) {
    nodes.forEach((_, head) => {
      const own = scoreEdges.filter((edge) => edge.head === head && edge.side === side);
      const all = own.reduce((sum, { score }) => sum + Math.abs(score), 0);
      for (const { source, score } of own) give(source, (influence[head]! * Math.abs(score)) / all);
    });
  }
  return found;
}

/** Pairs of a right and a wrong item in which the right one is the stronger, as a share; everything else is wrong. */
function auroc(circuit: Circuit, right: readonly string[]): number {
  const all = strengths(circuit);
  for (const id of right) assert.ok(all.has(id), `${id} is no node; there are ${[...all.keys()].join(', ')}`);
  const parts = [...all].filter(([id]) => id !== 'bias' && !id.startsWith('logit'));
  const hits = parts.filter(([id]) => right.includes(id)).map(([, strength]) => strength);
  const misses = parts.filter(([id]) => !right.includes(id)).map(([, strength]) => strength);
  assert.ok(hits.length > 0 && misses.length > 0, 'nothing is told apart where all is right');
  const won = hits.flatMap((hit) => misses.map((miss): number => (hit > miss ? 1 : hit === miss ? 0.5 : 0)));
  return won.reduce((sum, win) => sum + win, 0) / won.length;
}

/** Score edges by which a head is brought to look, as `source>head`, the strongest of a side first. */
function looks({ graph }: Circuit, head: string, side: 'query' | 'key'): readonly string[] {
  return graph.scoreEdges
    .filter((edge) => graph.nodes[edge.head]!.id === head && edge.side === side)
    .toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .map(({ source }) => graph.nodes[source]!.id);
}

describe('circuits of known mechanism', () => {
  it('induction: the copied token by value, the head that noted what stood before it by score, nothing else', async () => {
    const circuit = await circuitOf(induction(), [0, 3, 4, 5, 6, 7, 3], 4);
    // L0H0 at token 2 notes token 1, as its place tells it; L1H0 at the end looks for what token 6 stood behind.
    assert.equal(auroc(circuit, ['L1H0@6', 'L0H0@2', 't1', 't2', 't6']), 1);
    assert.equal(looks(circuit, 'L1H0@6', 'key')[0], 'L0H0@2');
    assert.equal(looks(circuit, 'L1H0@6', 'query')[0], 't6');
    const { effect, score } = circuit.graph.scoreEdges.find(
      ({ source, side }) => side === 'key' && circuit.graph.nodes[source]!.id === 'L0H0@2',
    )!;
    assert.ok(score > 1 && effect! > 1, 'without it the head would look elsewhere');
    const node = circuit.graph.nodes.findIndex(({ id }) => id === 'L0H0@2');
    const sum = inputSums(circuit.graph)[node]!;
    assert.ok(Math.abs(sum - score) < 1e-4 * Math.abs(score), 'its inputs add up to what it gives');
  });

  it('docstring mover: three heads in three layers', async () => {
    const { def, param } = docstring;
    const [a, b, c] = [4, 6, 8];
    const circuit = await circuitOf(docstringMover(), [0, def, a, b, c, param, a, param, b, param], c);
    const right = ['L2H0@9', 'L1H0@9', 'L0H0@4', 't3', 't4', 't8'];
    assert.equal(auroc(circuit, right), 1);
    assert.equal(looks(circuit, 'L2H0@9', 'key')[0], 'L0H0@4');
    assert.ok(looks(circuit, 'L2H0@9', 'query').slice(0, 2).includes('L1H0@9'));
  });

  it('quote closer: the neuron that saw the last quote, the head that copied it', async () => {
    const ids = [quote.begin, quote.double, 3, quote.double, 4, quote.single, 5, 6];
    const circuit = await circuitOf(quotes(), ids, quote.single, quote.double);
    const parts = { ...circuit, graph: { ...circuit.graph, scoreEdges: [] } };
    assert.equal(auroc(parts, ['L1H0@7', 'L0N0@5', 't5']), 1);
    assert.deepEqual(looks(circuit, 'L1H0@7', 'key').slice(0, 1), ['L0N0@5']);
  });

  it('bracket matcher: the neuron that judges, the head that counts, the brackets', async () => {
    const { begin, open, close, letter } = bracket;
    const circuit = await circuitOf(
      brackets({ decoy: true }),
      [begin, open, letter, open, close, letter],
      close,
      bracket.end,
    );
    const parts = { ...circuit, graph: { ...circuit.graph, scoreEdges: [] } };
    assert.equal(auroc(parts, ['L0N0@5', 'L0H0@5', 't1', 't3', 't4']), 1);
  });

  it('cancelling paths: both heads, each as strong as the other', async () => {
    const circuit = await circuitOf(
      cancelling({ decoy: true }),
      [trap.begin, trap.cause, trap.other],
      trap.effect,
      trap.other,
    );
    const parts = { ...circuit, graph: { ...circuit.graph, scoreEdges: [] } };
    assert.equal(auroc(parts, ['L0H0@2', 'L0H1@2', 't1']), 1);
    const values = circuit.graph.nodes.filter(({ kind }) => kind === 'head').map(({ value }) => value!);
    assert.ok(values.some((value) => value > 4.9) && values.some((value) => value < -4.9));
  });
});
