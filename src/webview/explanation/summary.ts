import { nameToken, showShare } from '../../core/display';
import type { Explanation, HeadTrace } from '../../core/explanation';
import { headName } from '../../core/model';
import type { PanelState } from '../../core/panel';
import { type KindTotal, kindTotals, roles, rolesOf } from '../../core/parts';
import { type Child, h } from '../dom';
import { placeOf } from '../pieces';

const kinds: Readonly<Record<KindTotal['kind'], { readonly label: string; readonly title: string }>> = {
  heads: {
    label: 'Read from the text above',
    title: 'Parts of the model that carry something from earlier tokens to this place: its heads',
  },
  mlps: {
    label: 'Known from training',
    title: 'Parts of the model that look nowhere else: what they add was learned in training',
  },
  embed: {
    label: 'Follows the token just before',
    title: 'What the last token says by itself, whatever stands above it',
  },
  bias: { label: 'Said anywhere', title: 'Constants of the model, the same in every text' },
};

/** A head is named when it brought at least this share of the whole. */
const leastShare = 0.1;

/** The components as four bars in words, and the heads that brought much, at most two. */
export function summaryPicture(state: PanelState, explanation: Explanation): HTMLElement {
  const totals = kindTotals(explanation.components);
  const most = Math.max(...totals.map((total) => total.share));
  return h(
    'div.summary',
    {},
    h(
      'div.kinds',
      { attributes: { role: 'list', 'aria-label': 'What brought the token about' } },
      ...totals.map((total) => kindRow(total, most)),
    ),
    h('p.legend.dim', {}, 'Shares are of all pushes, for and against the token.'),
    ...explanation.heads
      .filter((trace) => trace.direct >= leastShare * Math.abs(explanation.total))
      .slice(0, 2)
      .map((trace) => headSentence(state, trace)),
  );
}

function kindRow(total: KindTotal, most: number): HTMLElement {
  const { label, title } = kinds[total.kind];
  const against = total.direct < 0;
  const share = `${showShare(total.share)} of all pushes, for and against it`;
  return h(
    'div.kind',
    { attributes: { role: 'listitem', title: `${title}\n${share}` } },
    h('span.label', {}, label),
    h(
      'span.bar',
      { css: { '--share': most > 0 ? (total.share / most).toFixed(3) : '0' } },
      h(against ? 'span.fill.against' : 'span.fill.for', {}),
    ),
    h('span.number', {}, against ? `${showShare(total.share)} against` : showShare(total.share)),
  );
}

/** "Head L3H1 read ‘total’ on line 4; it looks at what followed an earlier occurrence." */
function headSentence(state: PanelState, trace: HeadTrace): Child {
  const source = trace.bySource[0];
  if (!source) return null;
  const token = state.tokens[source.index];
  const role = rolesOf(state.headScores, trace.layer, trace.head)[0];
  const name = headName(trace.layer, trace.head);
  return h(
    'p.dim',
    {},
    `Head ${name} brought most from `,
    h('code.token', {}, nameToken(token?.text ?? '').replaceAll(/[‘’]/g, '')),
    ` (${placeOf(token)})`,
    role ? `; it ${roles[role].words.replace(/ \(.*\)$/, '')}.` : '.',
  );
}
