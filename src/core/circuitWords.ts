import type { Circuit, CircuitEdge, CircuitNode } from './circuit';
import { nameToken, showShare, showSigned } from './display';
import type { ContrastToken } from './explanation';
import type { HeadScores } from './model';
import type { PanelState, PanelToken } from './panel';
import { partInWords, partOf, roles, rolesOf } from './parts';

/** What the words need to know beside the circuit. */
export interface CircuitContext {
  readonly tokens: readonly PanelToken[];
  readonly headScores: readonly HeadScores[] | null;
  /** The text of the explained token. */
  readonly target: string;
  /** What is explained, in words. */
  readonly metric: string;
}

export function contextOf(state: PanelState): CircuitContext {
  const { explanation, tokens, headScores } = state;
  const target = explanation?.target.text ?? tokens[state.selected]?.text ?? '';
  return { tokens, headScores, target, metric: metricInWords(explanation?.contrast ?? null) };
}

/** The metric that contributions add up to. */
export function metricInWords(contrast: ContrastToken | null): string {
  const other = contrast ? `that of ${nameToken(contrast.text)}` : 'the mean logit';
  return `The logit of the token minus ${other}`;
}

/** A node's name: `L3H1`, `‘total’ on line 4`, `the rest (14 parts)`. */
export function nodeName(node: CircuitNode, context: CircuitContext): string {
  switch (node.kind) {
    case 'token': {
      const token = context.tokens[node.position];
      const where = !token || token.special ? 'before the text' : `on line ${token.line + 1}`;
      return `${nameToken(token?.text ?? '')} ${where}`;
    }
    case 'others':
      return 'the rest of the text';
    case 'rest':
      return node.count === 1 ? 'the rest (1 part)' : `the rest (${node.count} parts)`;
    case 'output':
      return `the answer ${nameToken(context.target)}`;
    case 'pos':
      return 'position';
    case 'bias':
      return 'constants';
    default:
      return node.id;
  }
}

/** What a node is, in a sentence without its name. */
export function nodeRole(node: CircuitNode, context: CircuitContext): string {
  switch (node.kind) {
    case 'token':
      return 'A token of the context: what the heads that looked at it carried to the answer.';
    case 'others':
      return 'What the heads read elsewhere in the text, too little to be drawn by itself, summed up.';
    case 'rest':
      return 'Parts that brought too little to be drawn by themselves, summed up.';
    case 'output':
      return `${context.metric}: the sum of all that flows into it.`;
    case 'head': {
      const part = partOf(node.id);
      const played = rolesOf(context.headScores, node.layer ?? 0, node.head ?? 0);
      const words = played.map((role) => roles[role].words).join('; it ');
      return `Attention head (${part ? partInWords(part) : node.id})${words ? `: it ${words}` : ''}.`;
    }
    case 'mlp':
      return `MLP of layer ${node.layer}: it looks at no other token; what it adds was learned in training.`;
    case 'pos':
      return 'The embedding of the position, read off directly.';
    case 'bias':
      return 'Constants of the model, the same in every text.';
  }
}

/** One letter for each role of a head, as drawn on its node. */
export function roleLetters(node: CircuitNode, context: CircuitContext): string {
  if (node.kind !== 'head') return '';
  return rolesOf(context.headScores, node.layer ?? 0, node.head ?? 0)
    .map((role) => roles[role].letter)
    .join('');
}

/** The edges into or out of a node, strongest first. */
export function edgesOf(circuit: Circuit, id: string, end: 'from' | 'to'): readonly CircuitEdge[] {
  return circuit.edges
    .filter((edge) => edge[end] === id)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

/** What a screen reader says of a node: name, role, value, strongest input. */
export function nodeLabel(circuit: Circuit, node: CircuitNode, context: CircuitContext): string {
  const names = new Map(circuit.nodes.map((each) => [each.id, each]));
  const strongest = edgesOf(circuit, node.id, 'to')[0];
  const source = strongest ? names.get(strongest.from) : undefined;
  const reads =
    source && strongest ? ` Most from ${nodeName(source, context)}, ${showSigned(strongest.value)}.` : '';
  return `${nodeName(node, context)}, ${showSigned(node.value)} logits. ${nodeRole(node, context)}${reads}`;
}

/** How much of the whole is drawn, in a line: it adds up. */
export function circuitTotals(circuit: Circuit): string {
  const rest = circuit.nodes.find((node) => node.kind === 'rest')?.value ?? 0;
  const parts = `${circuit.drawn} of ${circuit.parts} parts drawn, ${showShare(circuit.kept)} of the effect for and against`;
  return `${parts}: ${showSigned(circuit.total - rest)} drawn, ${showSigned(rest)} the rest, ${showSigned(circuit.total)} together (logits)`;
}

/** The circuit as text with the same content as the drawing. */
export function circuitText(circuit: Circuit, context: CircuitContext, model: string): string {
  const names = new Map(circuit.nodes.map((node) => [node.id, nodeName(node, context)]));
  const lines = [
    `Circuit of ${nameToken(context.target)} (${model}), direct effects in logits`,
    context.metric,
    circuitTotals(circuit),
    '',
  ];
  for (const edge of edgesOf(circuit, 'output', 'to')) {
    lines.push(`${showSigned(edge.value)}  ${names.get(edge.from)}`);
    for (const read of edgesOf(circuit, edge.from, 'to')) {
      lines.push(`    ${showSigned(read.value)}  from ${names.get(read.from)}`);
    }
  }
  return lines.join('\n');
}
