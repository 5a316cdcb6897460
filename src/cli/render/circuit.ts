import { showProbability, showShare, showSigned, showToken } from '../../core/display';
import { influenceOf } from '../../core/graphInfluence';
import type { TracedCircuit } from '../../core/traced';
import type { Style } from '../style';
import { visible } from './visible';

/** Nodes that are listed. */
const listed = 12;

/** What was traced, for people: the targets, how much of them the graph knows, and the parts that matter most. */
export function renderCircuit(circuit: TracedCircuit, place: string, style: Style): string {
  const { graph, tokens } = circuit.document;
  const influence = influenceOf(graph);
  const { nodes } = graph;
  const count = (kinds: readonly string[]) => nodes.filter(({ kind }) => kinds.includes(kind)).length;
  const total = influence.nodes.reduce((sum, value) => sum + value, 0);
  const order = [...nodes.keys()]
    .filter((node) => nodes[node]!.kind === 'neuron' || nodes[node]!.kind === 'head')
    .sort((a, b) => influence.nodes[b]! - influence.nodes[a]!);
  const { checks, thinned, complete } = circuit;
  return [
    ...nodes
      .filter(({ kind }) => kind === 'logit')
      .map(({ label, value, probability }) =>
        style.strong(`${visible(label)}  p ${showProbability(probability!)} · ${showSigned(value!)} logits`),
      ),
    `${count(['neuron'])} neurons, ${count(['head'])} heads, ${count(['token', 'position'])} tokens and places, ${count(['error'])} errors; ${graph.edges.weights.length} edges.`,
    `Replacement ${showShare(influence.replacement)}, graph completeness ${showShare(influence.completeness)}: ${
      complete ? 'every path is there.' : 'the rest is in the errors; more --nodes leave less.'
    }`,
    ...checks.map(
      ({ name, value, holds }) => `${holds ? '✓' : '✗'} ${name}: off by ${value.toExponential(0)} at most.`,
    ),
    ...(thinned
      ? ['Text and model are large: weak inputs went into the errors without a look at what they lead to.']
      : []),
    '',
    ...order.slice(0, listed).map((index) => {
      const { label, position, activation, kind } = nodes[index]!;
      const where = visible(showToken(tokens[position!] ?? ''));
      const share = showShare(influence.nodes[index]! / total).padStart(4);
      const active = kind === 'neuron' && activation !== null ? `active ${activation.toFixed(2)}` : '';
      return `  ${share}  ${label.padEnd(9)} at ${String(position).padStart(3)} ${style.code(where.padEnd(12))} ${style.faint(active)}`.trimEnd();
    }),
    '',
    `Written to ${place}.`,
    '',
  ].join('\n');
}
