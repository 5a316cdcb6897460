import type { CopiedFrom, Copier } from '../../../core/asked/asked';
import { showShare, showSigned } from '../../../core/display';
import type { PanelState } from '../../../core/panel';
import { type Child, h } from '../../dom';
import { type Post, sentenceOf } from '../../pieces';

/** Whether and from where a token was copied, and by which heads. */
export function copiedBody(answer: CopiedFrom, state: PanelState, post: Post): readonly Child[] {
  return [
    h('p', {}, ...sentenceOf(answer.parts, 'copied', post)),
    answer.copiers.length === 0
      ? null
      : h(
          'table.copiers',
          {},
          h('caption', {}, 'By these heads'),
          h('tbody', {}, ...answer.copiers.map((copier) => row(copier, state.mode === 'expert'))),
        ),
  ];
}

function row({ name, role, score, weight }: Copier, expert: boolean): HTMLElement {
  const attention = weight === null ? '' : `${showShare(weight)} of its attention`;
  return h(
    'tr',
    {},
    h('th', { attributes: { scope: 'row' } }, name),
    h('td', {}, role),
    h(
      'td.number',
      {
        attributes: { title: 'Attention weight: the share of this head’s attention that went to the place' },
      },
      attention,
    ),
    expert
      ? h(
          'td.number',
          { attributes: { title: 'Direct contribution from the place to the token, in logits' } },
          showSigned(score),
        )
      : null,
  );
}
