import { showShare, showSigned } from '../display';
import { isDrawn, type Picture, type PictureNode } from './picture';
import { hintOf, type PictureContext, placeOfToken, shortName } from './words';

/** More would not be drawn by anything that reads Mermaid, whose own limit is 500 edges. */
const mostEdges = 400;

/** The picture as a Mermaid flow chart: what is at the bottom of the panel is at its bottom. */
export function circuitMermaid(picture: Picture, context: PictureContext): string {
  const edges = picture.edges.filter((edge) => isDrawn(picture, edge)).slice(0, mostEdges);
  const scores = picture.scores
    .filter(({ telling }) => telling)
    .slice(0, Math.max(0, mostEdges - edges.length));
  const used = new Set([...edges, ...scores].flatMap(({ from, to }) => [from, to]));
  const lines = ['flowchart BT'];
  for (const [title, members] of layersOf(picture, used)) {
    lines.push(`  subgraph ${title}`);
    for (const index of members) lines.push(`    ${shape(picture.nodes[index]!, index, context)}`);
    lines.push('  end');
  }
  for (const { from, to, weight } of edges) {
    lines.push(`  n${from} ${weight < 0 ? '-.->' : '-->'}|"${showSigned(weight)}"| n${to}`);
  }
  for (const { from, to, side } of scores) lines.push(`  n${from} -. "${side} of" .-o n${to}`);
  return `${lines.join('\n')}\n`;
}

function layersOf({ nodes }: Picture, used: ReadonlySet<number>): ReadonlyMap<string, readonly number[]> {
  const layers = new Map<string, number[]>();
  const heightOf = ({ kind, layer }: PictureNode) =>
    kind === 'logit' ? Number.MAX_SAFE_INTEGER : (layer ?? -1);
  const order = [...used].sort((a, b) => heightOf(nodes[a]!) - heightOf(nodes[b]!) || a - b);
  for (const index of order) {
    const { kind, layer } = nodes[index]!;
    const title =
      kind === 'logit'
        ? 'answer["answer"]'
        : layer === null
          ? 'text["text"]'
          : `layer${layer}["layer ${layer}"]`;
    layers.set(title, [...(layers.get(title) ?? []), index]);
  }
  return layers;
}

function shape(node: PictureNode, index: number, context: PictureContext): string {
  const { kind, position, influence } = node;
  const ends = kind === 'token' || kind === 'position' || kind === 'logit' || kind === 'bias';
  const where = kind === 'logit' || position === null ? '' : ` ${placeOfToken(context.subject, position)}`;
  const hint = hintOf(node, context);
  const share = ends ? '' : ` (${showShare(influence)})`;
  const words = escaped(`${shortName(node, context)}${where}${share}${hint ? `: ${hint}` : ''}`);
  const [open, close] = kind === 'neuron' || kind === 'feature' ? ['(["', '"])'] : ['["', '"]'];
  return `n${index}${open}${words}${close}`;
}

function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('`', '#96;');
}
