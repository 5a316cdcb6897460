import type { AnswerKind } from '../../core/answer';
import { showProbability, showRank, showSigned, showToken } from '../../core/display';
import type { SpanToken } from '../../core/explanation';
import type { PanelState } from '../../core/panel';
import { button, h } from '../dom';
import { type Post, placeOf } from '../pieces';

const kinds: Readonly<Record<AnswerKind, string>> = {
  copied: 'copied',
  composed: 'composed',
  recalled: 'recalled',
  unknown: 'not known',
};

/** The tokens of a span, each with where it came from by itself; a click explains it alone. */
export function spanTokens(state: PanelState, span: readonly SpanToken[], post: Post): HTMLElement {
  return h(
    'section.span',
    {},
    h('h2', {}, 'Its tokens'),
    h(
      'table',
      {},
      h('caption.unseen', {}, 'Each token of what was selected, and where it came from'),
      h('tbody', {}, ...span.map((token) => row(state, token, post))),
    ),
  );
}

function row(state: PanelState, token: SpanToken, post: Post): HTMLElement {
  const { index, text, probability, rank, value, origin } = token;
  const from =
    origin.kind === 'copied' && origin.from !== null ? ` from ${placeOf(state.tokens[origin.from])}` : '';
  return h(
    'tr',
    {},
    h(
      'th',
      { attributes: { scope: 'row' } },
      button(
        showToken(text),
        () => post({ type: 'select', index }),
        { title: 'Explain this token alone', 'data-key': `span-${index}` },
        'button.link.code',
      ),
    ),
    h(
      'td.number',
      { attributes: { title: `Probability that the model gave it, from 0 to 1: its ${showRank(rank)}` } },
      `p ${showProbability(probability)}`,
    ),
    h('td', {}, `${kinds[origin.kind]}${from}`),
    state.mode === 'expert'
      ? h(
          'td.number',
          { attributes: { title: 'Its part of the metric, in logits: the parts sum to the total' } },
          showSigned(value),
        )
      : null,
  );
}
