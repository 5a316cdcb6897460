import type { CircuitSubject } from '../circuitPanel';
import { nameToken, showShare, showSigned } from '../display';
import type { AttributionGraph, GraphNode } from '../graph';
import type { HeadScores } from '../model';
import { roles, rolesOf } from '../parts';
import { isRemainder, type Picture, type PictureNode } from './picture';

/** What the words need to know beside the picture. */
export interface PictureContext {
  readonly subject: CircuitSubject;
  readonly headScores: readonly HeadScores[] | null;
  /** Names by rule, by the id of the node. */
  readonly names: Readonly<Record<string, string>>;
  readonly graph: AttributionGraph;
}

type Named = Pick<GraphNode, 'id' | 'layer' | 'position' | 'label'> & {
  readonly kind: PictureNode['kind'] | GraphNode['kind'];
};

/** Where a token stands: "on line 4", "before the text", "token 12" where no document is known. */
export function placeOfToken({ tokens }: CircuitSubject, position: number): string {
  const token = tokens[position];
  if (!token || token.line === null) return `token ${position}`;
  return token.special ? 'before the text' : `on line ${token.line + 1}`;
}

/** A node by itself: `L3H2`, `‘total’`, `answer ‘items’`, a group's name. */
export function shortName(node: Named, { subject }: PictureContext): string {
  switch (node.kind) {
    case 'token':
      return nameToken(subject.tokens[node.position ?? -1]?.text ?? node.label);
    case 'position':
      return 'position';
    case 'bias':
      return 'constants';
    case 'rest':
      return node.layer === null ? 'rest of the text' : `rest of layer ${node.layer}`;
    case 'logit':
      return `answer ${nameToken(unquoted(node.label))}`;
    default:
      return node.label;
  }
}

/** What is written on a node where there is little room: the row says the layer, the column the place. */
export function drawnName(node: PictureNode, context: PictureContext): string {
  if (node.kind === 'rest') return 'rest';
  return node.kind === 'logit' ? nameToken(unquoted(node.label)) : shortName(node, context);
}

/** A node and where it stands: `L3H2 at ‘.’ on line 12`. */
export function nodeName(node: Named, context: PictureContext): string {
  const name = shortName(node, context);
  const { position, kind } = node;
  if (position === null || kind === 'logit' || kind === 'layer' || kind === 'group') return name;
  const place = placeOfToken(context.subject, position);
  if (kind === 'token' || kind === 'position') return `${name} ${place}`;
  const text = context.subject.tokens[position]?.text;
  return text === undefined ? `${name}, ${place}` : `${name} at ${nameToken(text)} ${place}`;
}

/** The label of a logit is its token, in quotes in Whence's own graphs. */
function unquoted(label: string): string {
  const match = /^(["'])([\s\S]*)\1$/.exec(label);
  if (!match) return label;
  try {
    return match[1] === '"' ? JSON.parse(label) : match[2]!;
  } catch {
    return match[2]!;
  }
}

/** What is known of a node beside its name: a head's measured roles or a name by rule, else nothing. */
export function hintOf(node: PictureNode, { headScores, names, graph }: PictureContext): string {
  const own = graph.nodes[node.members[0] ?? -1];
  if (node.members.length !== 1 || !own || own.layer === null || own.index === null) return '';
  const rule = names[own.id];
  if (rule) return rule;
  if (own.kind !== 'head') return '';
  const played = rolesOf(headScores, own.layer, own.index);
  return roleNames.find(([role]) => played.includes(role))?.[1] ?? '';
}

/** The most telling first: nearly every head that matters copies. */
const roleNames = [
  ['induction', 'induction'],
  ['previous', 'previous token'],
  ['duplicate', 'same token'],
  ['copying', 'copies'],
] as const;

/** What a node is, in a sentence or two. */
export function nodeRole(node: PictureNode, context: PictureContext): string {
  const own = context.graph.nodes[node.members[0] ?? -1];
  switch (node.kind) {
    case 'token':
      return 'A token of the text: what its embedding brings.';
    case 'position':
      return 'The embedding of the place in the text.';
    case 'bias':
      return 'What the model adds whatever the text is.';
    case 'logit':
      return `${context.subject.metric}. All that flows into it adds up to it.`;
    case 'rest':
      return node.position === null
        ? 'All parts of this layer that are not drawn, summed up. Draw more of them with the slider.'
        : 'Many parts at this token that bring little each, summed up. Draw them with the slider.';
    case 'layer':
      return `A folded layer: ${node.members.length} drawn parts as one.`;
    case 'group':
      return `A group of ${node.members.length} parts.`;
    case 'head': {
      const played = rolesOf(context.headScores, own?.layer ?? 0, own?.index ?? 0);
      const words = played.map((role) => roles[role].words).join('; it ');
      return `An attention head: it carries something here from other tokens${words ? `. It ${words}` : ''}.`;
    }
    case 'neuron':
      return 'A neuron of the MLP: it computes with what is at this token, and looks at no other.';
    case 'attention-feature':
      return 'A learned feature of attention.';
    case 'feature':
      return 'A learned feature.';
  }
}

/** What its value is, with its unit: "+2.54 logits of the answer", "active −15.17". */
export function valueInWords(node: PictureNode): string | null {
  if (node.kind === 'neuron' || node.kind === 'feature' || node.kind === 'attention-feature') {
    return node.activation === null ? null : `active ${showSigned(node.activation)}`;
  }
  return node.value === null ? null : `${showSigned(node.value)} logits of the answer`;
}

/** The unit of what goes into a node. */
export function unitInto(node: PictureNode): string {
  return node.kind === 'head' || node.kind === 'logit' ? 'logits' : 'activation';
}

/** The share of the paths to the answer that pass a node, in words. */
export function influenceInWords({ kind, influence }: PictureNode): string | null {
  if (kind === 'logit' || kind === 'rest') return null;
  return `${showShare(influence)} of all influence`;
}

/** Why what a graph predicts for a change of some nodes is not what was measured, by their layer (docs/circuits.md). */
export function predictionNote({ nodes }: AttributionGraph, changed: readonly string[]): string {
  const last = Math.max(...nodes.map(({ layer }) => layer ?? 0));
  const ids = new Set(changed);
  return nodes.every(({ id, layer }) => !ids.has(id) || layer === last)
    ? 'Predicted is what flows along the edges. Of the last layer that is usually the right direction and too much: norms answer to a change.'
    : 'Predicted is what flows along the edges. Below the last layer it is often wrong, even in its sign: norms, MLPs and attention above answer to a change.';
}

/** What a screen reader says of a node. */
export function nodeLabel(
  picture: Picture,
  node: PictureNode,
  into: readonly number[],
  context: PictureContext,
): string {
  const strongest = into
    .map((edge) => picture.edges[edge]!)
    .find(({ from }) => !isRemainder(picture.nodes[from]!));
  const parts = [
    nodeName(node, context),
    hintOf(node, context) || null,
    valueInWords(node),
    influenceInWords(node),
    strongest &&
      `most from ${nodeName(picture.nodes[strongest.from]!, context)}, ${showSigned(strongest.weight)}`,
  ];
  return parts.filter((part) => part !== null && part !== undefined).join(', ');
}
