import type { Branched, Continuation } from '../../../core/asked/asked';
import { showProbability } from '../../../core/display';
import { button, type Child, h } from '../../dom';
import { type Post, tokenCode } from '../../pieces';

/** What was written and what would have been, side by side; each can be shown and explained. */
export function branchedBody({ original, branch }: Branched, post: Post): readonly Child[] {
  return [
    h('div.branches', {}, column('As it was written', original, post), column('The branch', branch, post)),
    h('p.dim', {}, 'Both are records: point at any token in either document to ask about it.'),
  ];
}

function column(title: string, continuation: Continuation, post: Post): HTMLElement {
  const { record, index, token, probability, text, mean } = continuation;
  return h(
    'div.branch',
    {},
    h('h3', {}, title),
    h(
      'p',
      {},
      tokenCode(token),
      h(
        'span.number',
        { attributes: { title: 'Probability that the model gave this token here, from 0 to 1' } },
        ` p ${showProbability(probability)}`,
      ),
    ),
    h('pre.code', { attributes: { tabindex: 0 } }, text),
    mean === null
      ? null
      : h(
          'p.dim',
          {
            attributes: {
              title:
                'Geometric mean of the probabilities of the tokens behind it, from 0 to 1: how likely the model held each on average',
            },
          },
          `each later token ${showProbability(mean)} on average`,
        ),
    button(
      'Show and explain it',
      () => post({ type: 'go', record, index }),
      { title: 'Goes to this token in its document', 'data-key': `go-${record}` },
      'button.link',
    ),
  );
}
