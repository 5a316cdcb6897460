import { nameToken, showShare, showSigned } from '../../core/display';
import type { Component, Explanation, HeadTrace } from '../../core/explanation';
import type { PanelState } from '../../core/panel';
import { partInWords, partOf, roles, rolesOf } from '../../core/parts';
import { button, type Child, h } from '../dom';
import { type Post, placeOf, signed } from '../pieces';

/** What is below both is not worth a row: it would read 0.00 logits and 0%. */
const leastScore = 0.005;
const leastWeight = 0.02;
const mostRows = 8;

/** What one part of the model read, from where, and what it brought. */
export function partDetail(
  state: PanelState,
  explanation: Explanation,
  component: Component,
  post: Post,
): HTMLElement {
  const part = partOf(component.name);
  const token = nameToken(explanation.target.text);
  return h(
    'div.detail',
    { attributes: { 'aria-live': 'polite' } },
    h(
      'p',
      {},
      h('strong', {}, component.name),
      part ? ` (${partInWords(part)}) brought ` : ' brought ',
      signed(component.direct, 'Direct contribution'),
      ` to ${token}${component.direct < 0 ? ': it pushed away from it' : ''}`,
      ...throughAll(component),
      '.',
    ),
    ...(part?.kind === 'head' ? headDetail(state, explanation, part.layer, part.head, post) : []),
    part?.kind === 'mlp'
      ? h(
          'p.dim',
          {},
          'An MLP looks at no other place: what it adds, it computes from what was gathered at the last token.',
        )
      : null,
  );
}

/** What it brought through the parts above it as well, where the method says. */
function throughAll({ total }: Component): readonly Child[] {
  if (total === null) return [];
  return ['; through all paths ', signed(total, 'Contribution through all paths, at all positions')];
}

function headDetail(
  state: PanelState,
  explanation: Explanation,
  layer: number,
  head: number,
  post: Post,
): readonly Child[] {
  const trace = explanation.heads.find((each) => each.layer === layer && each.head === head);
  const played = rolesOf(state.headScores, layer, head).map((role) => roles[role].words);
  return [
    played.length > 0 ? h('p', {}, `Measured on this model: it ${played.join('; it ')}.`) : null,
    trace
      ? readings(state, trace, post)
      : h('p.dim', {}, 'It brought too little to this token to be followed to the tokens it read.'),
  ];
}

function readings(state: PanelState, trace: HeadTrace, post: Post): HTMLElement {
  const looked = new Map(trace.attention.map(({ index, weight }) => [index, weight]));
  const brought = new Map(trace.bySource.map(({ index, score }) => [index, score]));
  const indices = [...new Set([...brought.keys(), ...looked.keys()])]
    .filter(
      (index) => Math.abs(brought.get(index) ?? 0) >= leastScore || (looked.get(index) ?? 0) >= leastWeight,
    )
    .slice(0, mostRows);
  return h(
    'table.readings',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { attributes: { scope: 'col' } }, 'read'),
        h(
          'th.number',
          { attributes: { scope: 'col', title: 'Share of the attention from the last token' } },
          'looked',
        ),
        h(
          'th.number',
          { attributes: { scope: 'col', title: 'What it carried from there to the answer, in logits' } },
          'brought',
        ),
      ),
    ),
    h(
      'tbody',
      {},
      ...indices.map((index) => {
        const token = state.tokens[index];
        const weight = looked.get(index);
        const score = brought.get(index);
        return h(
          'tr',
          {},
          h(
            'td',
            {},
            button(
              `${nameToken(token?.text ?? '')}, ${placeOf(token)}`,
              () => post({ type: 'reveal', index }),
              { title: 'Show in the editor', 'data-key': `read-${index}` },
              'button.link',
            ),
          ),
          h(
            'td.number',
            { attributes: { title: 'Share of the attention' } },
            weight === undefined ? 'little' : showShare(weight),
          ),
          h(
            'td.number',
            { attributes: { title: 'Logits' } },
            score === undefined ? 'little' : showSigned(score),
          ),
        );
      }),
    ),
  );
}
