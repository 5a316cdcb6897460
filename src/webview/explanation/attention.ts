import { nameToken, showShare, showSigned, showToken } from '../../core/display';
import type { Explanation, HeadTrace } from '../../core/explanation';
import { headName } from '../../core/model';
import type { PanelState } from '../../core/panel';
import { roles, rolesOf } from '../../core/parts';
import { button, h, svg } from '../dom';
import { type Post, placeOf } from '../pieces';

/** Heads are drawn while they bring at least this share of the strongest one, and at most so many. */
const leastShare = 0.2;
const mostHeads = 4;
/** Tokens of a head's strip, strongest first. */
const mostTokens = 4;
const leastWeight = 0.02;
const longestLabel = 8;

/** Geometry of a strip, in CSS pixels; labels are set in 12 px monospace. */
const character = 7.3;
const gap = 9;
const arcs = 56;
const height = 88;

/** Where the heads that carry the answer looked: arcs as wide as the attention, in the colour of what it brought. */
export function attentionPicture(state: PanelState, explanation: Explanation, post: Post): HTMLElement {
  const strongest = Math.max(...explanation.heads.map((trace) => Math.abs(trace.direct)), 0);
  const carrying = explanation.heads
    .filter((trace) => Math.abs(trace.direct) >= leastShare * strongest)
    .slice(0, mostHeads);
  return h('div.attention', {}, ...carrying.map((trace) => figure(state, explanation, trace, post)));
}

function figure(state: PanelState, explanation: Explanation, trace: HeadTrace, post: Post): HTMLElement {
  const name = headName(trace.layer, trace.head);
  const played = rolesOf(state.headScores, trace.layer, trace.head);
  return h(
    'figure',
    {},
    h(
      'figcaption',
      {},
      h('strong', {}, name),
      played.length > 0
        ? h('span.dim', { attributes: { title: roles[played[0]!].words } }, ` ${played.join(', ')}`)
        : null,
      h(
        'span.number',
        { attributes: { title: 'Direct contribution to the token, in logits' } },
        ` ${showSigned(trace.direct)}`,
      ),
    ),
    h(
      'div.strip-box',
      { attributes: { 'data-scroll': `arcs-${name}` } },
      strip(state, explanation, trace, name),
    ),
    whyThere(state, trace, name, post),
  );
}

/** Why it looked at each of the places: a question of its own. */
function whyThere(state: PanelState, trace: HeadTrace, name: string, post: Post): HTMLElement {
  const { layer, head } = trace;
  return h(
    'p.why',
    {},
    h('span.dim', {}, 'Why there? '),
    ...placesOf(trace).flatMap(({ index }) => {
      const token = nameToken(state.tokens[index]?.text ?? '');
      const title = `What made ${name} look at ${token}: what it looked for, and what it found`;
      const look = () => post({ type: 'look', layer, head, key: index });
      return [button(token, look, { title, 'data-key': `look-${name}-${index}` }, 'button.link'), ' '];
    }),
  );
}

/** The places that are drawn, strongest first. */
function placesOf({ attention }: HeadTrace): HeadTrace['attention'] {
  return attention.filter(({ weight }) => weight >= leastWeight).slice(0, mostTokens);
}

interface Slot {
  readonly index: number;
  readonly label: string;
  readonly weight: number;
  readonly centre: number;
  readonly skipped: boolean;
}

function strip(state: PanelState, explanation: Explanation, trace: HeadTrace, name: string): SVGSVGElement {
  const last = explanation.target.index - 1;
  const looked = placesOf(trace);
  const weights = new Map(looked.map(({ index, weight }) => [index, weight]));
  const indices = [...new Set([...weights.keys(), last])].sort((a, b) => a - b);
  const { slots, width } = place(state, indices, weights);
  const from = slots.at(-1)!;
  const words = looked
    .map(({ index, weight }) => `${nameToken(state.tokens[index]?.text ?? '')} ${showShare(weight)}`)
    .join(', ');
  return svg(
    'svg',
    {
      attributes: {
        width,
        height,
        role: 'img',
        'aria-label': `${name} looked from ${nameToken(state.tokens[last]?.text ?? '')} at: ${words}`,
      },
    },
    ...slots.filter((slot) => slot.weight > 0).map((slot) => arc(state, trace, from, slot)),
    ...slots.flatMap((slot) => label(state, slot, slot.index === last)),
  );
}

function place(
  state: PanelState,
  indices: readonly number[],
  weights: ReadonlyMap<number, number>,
): { slots: readonly Slot[]; width: number } {
  let x = 4;
  const slots = indices.map((index, order) => {
    const text = [...showToken(state.tokens[index]?.text ?? '')];
    const shown = text.length > longestLabel ? `${text.slice(0, longestLabel - 1).join('')}…` : text.join('');
    const skipped = order > 0 && indices[order - 1]! < index - 1;
    if (skipped) x += gap;
    const width = Math.max(3, [...shown].length) * character;
    const slot = { index, label: shown, weight: weights.get(index) ?? 0, centre: x + width / 2, skipped };
    x += width + gap;
    return slot;
  });
  return { slots, width: Math.ceil(x) };
}

function arc(state: PanelState, trace: HeadTrace, from: Slot, to: Slot): SVGElement {
  const token = state.tokens[to.index];
  const score = trace.bySource.find(({ index }) => index === to.index)?.score;
  const brought = score === undefined ? 'little' : `${showSigned(score)} logits`;
  const words = `${showShare(to.weight)} of the attention went to ${nameToken(token?.text ?? '')} (${placeOf(token)}) and brought ${brought}`;
  const self = from.index === to.index;
  const lift = Math.min(arcs - 6, 14 + Math.abs(from.centre - to.centre) / 3);
  const path = self
    ? `M ${from.centre - 7} ${arcs} C ${from.centre - 16} ${arcs - 26}, ${from.centre + 16} ${arcs - 26}, ${from.centre + 7} ${arcs}`
    : `M ${from.centre} ${arcs} C ${from.centre} ${arcs - lift * 1.3}, ${to.centre} ${arcs - lift * 1.3}, ${to.centre} ${arcs}`;
  return svg(
    score === undefined ? 'path.arc' : score < 0 ? 'path.arc.against' : 'path.arc.for',
    { attributes: { d: path }, css: { '--width': `${(1 + 6 * to.weight).toFixed(2)}px` } },
    svg('title', {}, words),
  );
}

function label(state: PanelState, slot: Slot, last: boolean): readonly SVGElement[] {
  const token = state.tokens[slot.index];
  const half = ([...slot.label].length * character) / 2;
  return [
    ...(slot.skipped
      ? [
          svg(
            'text.skip',
            { attributes: { x: slot.centre - half - gap, y: arcs + 14, 'text-anchor': 'middle' } },
            '⋯',
          ),
        ]
      : []),
    svg(
      last ? 'text.last' : 'text',
      { attributes: { x: slot.centre, y: arcs + 14, 'text-anchor': 'middle' } },
      slot.label,
      svg(
        'title',
        {},
        `${nameToken(token?.text ?? '')}, ${placeOf(token)}${last ? ', where the head stands' : ''}`,
      ),
    ),
    svg(
      'text.weight',
      { attributes: { x: slot.centre, y: arcs + 29, 'text-anchor': 'middle' } },
      slot.weight > 0 ? showShare(slot.weight) : '',
    ),
  ];
}
