import { showProbability, showShare, showSigned } from '../display';
import type { KeptScores } from './keeping';
import { endsOf } from './paths';
import { isRemainder, type Picture, type PictureEdge } from './picture';
import { titleOf } from './svg';
import { hintOf, nodeName, type PictureContext } from './words';

/** How many are told one by one. */
const told = { inputs: 5, sources: 2, looks: 2 } as const;

/** What a person should know of how much is drawn: the slider's step in percent, and what the drawn part knows. */
export interface Extent {
  readonly percent: number;
  /** Neurons and heads in the graph. */
  readonly all: number;
  readonly scores: KeptScores;
}

/** How much of the graph is drawn, in a line. */
function extentInWords(picture: Picture, { percent, all, scores }: Extent): string {
  const share = `${picture.parts} of ${all} parts`;
  return `${share}, slider at ${percent}% of influence · replacement ${scores.replacement.toFixed(2)} · graph completeness ${scores.completeness.toFixed(2)}`;
}

/**
 * A circuit explained in a short text: what gave most to the answer, where each of that read, why heads looked there, what
 * spoke against it, and how much is left out.
 */
export function circuitText(picture: Picture, context: PictureContext, extent: Extent): string {
  const { subject } = context;
  const lines = [
    `${titleOf(context)} (${subject.model}${subject.probability === null ? '' : `, probability ${showProbability(subject.probability)}`})`,
    ...(subject.sentence === null ? [] : [subject.sentence]),
    '',
  ];
  const ends = endsOf(picture);
  const tell = (edge: PictureEdge) => {
    const node = picture.nodes[edge.from]!;
    const hint = hintOf(node, context);
    lines.push(`  ${showSigned(edge.weight)}  ${nodeName(node, context)}${hint ? ` (${hint})` : ''}`);
    const sources = ends.into[edge.from]!.map((index) => picture.edges[index]!)
      .filter(({ from }) => !isRemainder(picture.nodes[from]!))
      .slice(0, told.sources)
      .map(({ from, weight }) => `${nodeName(picture.nodes[from]!, context)} (${showSigned(weight)})`);
    if (sources.length > 0) lines.push(`         reads ${sources.join(' and ')}`);
    const looks = picture.scores
      .filter(({ to }) => to === edge.from)
      .sort((a, b) => Math.abs(b.effect ?? b.score) - Math.abs(a.effect ?? a.score))
      .slice(0, told.looks)
      .map(({ from }) => nodeName(picture.nodes[from]!, context));
    if (looks.length > 0) lines.push(`         looks there because of ${[...new Set(looks)].join(' and ')}`);
  };
  picture.nodes.forEach((node, index) => {
    if (node.kind !== 'logit') return;
    const into = ends.into[index]!.map((edge) => picture.edges[edge]!);
    const named = into
      .filter(({ from }) => !isRemainder(picture.nodes[from]!))
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    const raising = named.filter(({ weight }) => weight >= 0);
    const lowering = named.filter(({ weight }) => weight < 0);
    const value = node.value === null ? '' : ` ${showSigned(node.value)} logits`;
    lines.push(`${nodeName(node, context)}:${value}, of which most from`);
    for (const edge of raising.slice(0, told.inputs)) tell(edge);
    if (lowering.length > 0) lines.push('against it');
    for (const edge of lowering.slice(0, told.inputs)) tell(edge);
    const listed = [...raising.slice(0, told.inputs), ...lowering.slice(0, told.inputs)];
    const sum = (edges: readonly PictureEdge[]) => edges.reduce((total, { weight }) => total + weight, 0);
    lines.push(`  ${showSigned(sum(into) - sum(listed))}  everything else`, '');
  });
  lines.push(`Drawn: ${extentInWords(picture, extent)}.`);
  lines.push(
    `Values are direct effects in the model made affine at this text. Of what enters the drawn part, ${showShare(extent.scores.replacement)} is traced to tokens.`,
  );
  return `${lines.join('\n')}\n`;
}
