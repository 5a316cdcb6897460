import { nameToken, showProbability, showRank } from '../../core/display';
import type { Explanation, LensStep } from '../../core/explanation';
import { h, svg } from '../dom';
import { tokenCode } from '../pieces';

/** Height of a row, in CSS pixels: the line of ranks must meet the rows of the table. */
const rowHeight = 24;
const chartWidth = 52;
const edge = 6;

/** What the model would have written had it stopped after each layer, the output on top, with the target's rank as a line. */
export function lensPicture(explanation: Explanation): HTMLElement {
  const steps = [...explanation.lens].sort((a, b) => b.depth - a.depth);
  const header = (label: string, title: string) => h('th', { attributes: { scope: 'col', title } }, label);
  return h(
    'div.depths',
    {},
    h(
      'div.lens',
      {},
      h(
        'table',
        {},
        h('caption.unseen', {}, 'First choice and rank of the token after each layer'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            header('after', 'The layer after which the model is read as if it were the last'),
            header('1st choice', 'The token with the highest probability there'),
            header('rank', 'Place of the explained token there, 1 is first'),
          ),
        ),
        h('tbody', {}, ...steps.map((step) => row(step, explanation))),
      ),
      rankLine(steps),
    ),
    h('p.dim', {}, settledSentence(explanation)),
  );
}

function settledSentence({ settled, target, lens }: Explanation): string {
  const token = nameToken(target.text);
  if (settled === null) return `${token} is not the first choice at the end.`;
  if (settled === 0) return `${token} is the first choice from the start.`;
  return `Settled after ${settled} of ${lens.length - 1} layers: from there on ${token} is the first choice.`;
}

function row(step: LensStep, explanation: Explanation): HTMLElement {
  const own = step.top.id === explanation.target.id;
  const settled = step.depth === explanation.settled;
  const top = `${nameToken(step.top.text)} with probability ${showProbability(step.top.probability)}`;
  return h(
    settled ? 'tr.settled' : 'tr',
    { attributes: { title: settled ? 'From here on the token is the first choice' : null } },
    h('th', { attributes: { scope: 'row' } }, step.depth === 0 ? 'embedding' : `layer ${step.depth - 1}`),
    h(
      'td',
      { attributes: { title: top } },
      tokenCode(step.top.text),
      own ? h('span.own', { attributes: { title: 'The explained token' } }, ' ◂') : null,
    ),
    h(
      'td.number',
      {
        attributes: {
          title: `${showRank(step.rank)}, probability ${showProbability(step.probability)}`,
        },
      },
      step.rank.toLocaleString('en'),
    ),
  );
}

/** Rank 1 at the left edge, each decade as far from the last as the one before. */
function rankLine(steps: readonly LensStep[]): SVGSVGElement {
  const worst = Math.max(10, ...steps.map((step) => step.rank));
  const points = steps.map((step, index) => ({
    x: edge + ((chartWidth - 2 * edge) * Math.log(step.rank)) / Math.log(worst),
    y: rowHeight * (index + 0.5),
    step,
  }));
  return svg(
    'svg.ranks',
    {
      attributes: {
        width: chartWidth,
        height: rowHeight * steps.length,
        role: 'img',
        'aria-label': `Rank of the token by layer, from the embedding up: ${[...steps]
          .reverse()
          .map((step) => step.rank)
          .join(', ')}`,
      },
    },
    svg('line.axis', { attributes: { x1: edge, x2: edge, y1: 0, y2: rowHeight * steps.length } }),
    svg('polyline', { attributes: { points: points.map(({ x, y }) => `${x},${y}`).join(' ') } }),
    ...points.map(({ x, y, step }) =>
      svg('circle', { attributes: { cx: x, cy: y, r: step.rank === 1 ? 4 : 3 } }, title(step)),
    ),
  );
}

function title(step: LensStep): SVGTitleElement {
  return svg('title', {}, `${showRank(step.rank)} (rank on a logarithmic scale, left is first)`);
}
