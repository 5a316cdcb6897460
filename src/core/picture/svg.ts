import { showSigned } from '../display';
import { escapeMarkup } from '../markup';
import { curveBetween, pathOf, widthOf } from './curve';
import { type Layout, type PlacedNode, tokenLabel } from './layout';
import { isDrawn, type Picture } from './picture';
import { drawnName, hintOf, nodeName, type PictureContext } from './words';

/** What a picture is painted with; CSS colours. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly for: string;
  readonly against: string;
  readonly score: string;
  readonly target: string;
}

/** For paper. */
export const paper: Palette = {
  background: '#ffffff',
  text: '#1f1f1f',
  dim: '#5c5c5c',
  line: '#d0d0d0',
  for: '#2f7fd6',
  against: '#c8642a',
  score: '#6d6d6d',
  target: '#8a5a00',
};

const titleHeight = 54;
const legendHeight = 34;
const least = 420;

/** A drawing with its title and legend as an SVG document that needs nothing else. */
export function circuitSvg(
  picture: Picture,
  layout: Layout,
  context: PictureContext,
  palette: Palette = paper,
): string {
  const width = Math.max(least, layout.width);
  const height = layout.height + titleHeight + legendHeight;
  const { subject } = context;
  const about = `${subject.model}, ${subject.title}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12" role="img">`,
    `<title>${escapeMarkup(titleOf(context))}</title>`,
    `<rect width="100%" height="100%" fill="${palette.background}"/>`,
    text(titleOf(context), 18, 24, palette.text, 'font-size="15" font-weight="600"'),
    text(about, 18, 42, palette.dim, 'font-size="11"'),
    `<g transform="translate(0 ${titleHeight})">`,
    ...rails(layout, palette),
    ...edges(picture, layout, palette),
    ...layout.nodes.map((placed) => nodeShape(placed, layout.longest, context, palette)),
    '</g>',
    ...legend(height - legendHeight / 2, palette),
    '</svg>',
  ].join('\n');
}

/** What a circuit is called over its picture. */
export function titleOf({ subject }: PictureContext): string {
  const { target, contrast, title } = subject;
  if (target === null) return `Circuit: ${title}`;
  return contrast === null ? `Circuit of “${target}”` : `Circuit of “${target}” rather than “${contrast}”`;
}

function rails(layout: Layout, palette: Palette): readonly string[] {
  const seen = new Set<string>();
  return [
    ...layout.rows.flatMap(({ label, y }) => {
      const first = !seen.has(label);
      seen.add(label);
      return [
        `<path d="M 72 ${y} H ${layout.width}" stroke="${palette.line}" stroke-dasharray="1 5"/>`,
        first ? text(label, 8, y + 4, palette.dim, 'font-size="11"') : '',
      ];
    }),
    ...layout.brackets.flatMap(({ label, from, to, y }) => [
      `<path d="M ${from + 2} ${y} v 5 H ${to - 2} v -5" fill="none" stroke="${palette.dim}"/>`,
      text(label, (from + to) / 2, y + 18, palette.dim, 'font-size="11" text-anchor="middle"'),
    ]),
    ...layout.places.map(({ x, y, label }) => text(label, x, y + 4, palette.dim, 'text-anchor="middle"')),
    ...layout.folds.map(({ x, y }) => text('⋯', x, y + 4, palette.dim, 'text-anchor="middle"')),
  ];
}

function edges(picture: Picture, { nodes }: Layout, palette: Palette): readonly string[] {
  const lines = picture.edges
    .filter((edge) => isDrawn(picture, edge))
    .toReversed()
    .map(({ from, to, weight, strength }) => {
      const path = pathOf(curveBetween(nodes[from]!, nodes[to]!));
      const style =
        weight < 0 ? `stroke="${palette.against}" stroke-dasharray="7 4"` : `stroke="${palette.for}"`;
      return `<path d="${path}" fill="none" stroke-width="${widthOf(strength).toFixed(1)}" stroke-opacity="0.7" ${style}><title>${showSigned(weight)}</title></path>`;
    });
  const telling = picture.scores.filter((score) => score.telling);
  const scores = telling.map(({ from, to }) => {
    const path = pathOf(curveBetween(nodes[from]!, nodes[to]!));
    return `<path d="${path}" fill="none" stroke="${palette.score}" stroke-width="1.6" stroke-dasharray="1 4" stroke-linecap="round"/>`;
  });
  return [...lines, ...scores];
}

function nodeShape(
  { node, x, y, width, height }: PlacedNode,
  longest: number,
  context: PictureContext,
  palette: Palette,
): string {
  const plain =
    node.kind === 'token' || node.kind === 'position' || node.kind === 'rest' || node.kind === 'bias';
  const stroke = node.kind === 'logit' ? palette.target : plain ? palette.dim : palette.text;
  const round = node.kind === 'neuron' || node.kind === 'feature' ? height / 2 : 3;
  const hint = height > 30 ? fitted(hintOf(node, context), width, 6) : '';
  const label =
    node.kind === 'token'
      ? tokenLabel(context.subject.tokens, node.position ?? 0, longest)
      : drawnName(node, context);
  const dashed = node.kind === 'rest' ? ' stroke-dasharray="2 3"' : '';
  const doubled =
    node.kind === 'group' || node.kind === 'layer'
      ? `<rect x="${x - width / 2 + 3}" y="${y - height / 2 - 3}" width="${width}" height="${height}" rx="3" fill="${palette.background}" stroke="${stroke}"/>`
      : '';
  return [
    `<g><title>${escapeMarkup(nodeName(node, context))}</title>${doubled}`,
    `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="${round}" fill="${palette.background}" stroke="${stroke}"${dashed}/>`,
    text(fitted(label, width), x, hint ? y - 2 : y + 4, palette.text, 'text-anchor="middle"'),
    hint ? text(hint, x, y + 12, palette.dim, 'font-size="10" text-anchor="middle"') : '',
    '</g>',
  ].join('');
}

function legend(y: number, palette: Palette): readonly string[] {
  const entries = [
    ['raises what it goes into', `stroke="${palette.for}" stroke-width="4"`],
    ['lowers it', `stroke="${palette.against}" stroke-width="4" stroke-dasharray="7 4"`],
    [
      'why a head looks there',
      `stroke="${palette.score}" stroke-width="2" stroke-dasharray="1 4" stroke-linecap="round"`,
    ],
  ] as const;
  let x = 18;
  return entries.flatMap(([label, style]) => {
    const at = x;
    x += 50 + label.length * 6.8;
    return [
      `<path d="M ${at} ${y} h 28" ${style}/>`,
      text(label, at + 34, y + 4, palette.dim, 'font-size="11"'),
    ];
  });
}

/** Cut to what fits into a node. */
function fitted(label: string, width: number, character = 7): string {
  const most = Math.floor((width - 8) / character);
  const characters = [...label];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : label;
}

function text(content: string, x: number, y: number, fill: string, style: string): string {
  return `<text x="${x}" y="${y}" fill="${fill}" ${style}>${escapeMarkup(content)}</text>`;
}
