import { type Asked, askedTitles } from '../../../core/asked/asked';
import type { PanelState } from '../../../core/panel';
import { button, type Child, h } from '../../dom';
import type { Post } from '../../pieces';
import { branchedBody } from './branched';
import { changedBody, rankedBody } from './changed';
import { copiedBody } from './copied';
import { lookedBody } from './looked';
import { paraphrasedBody } from './paraphrased';

/** The answer to a question beside "why", with the way to put it away; null when none was asked. */
export function askedSection(state: PanelState, post: Post): HTMLElement | null {
  const { asked } = state;
  if (!asked) return null;
  const { answer, progress } = asked;
  return h(
    'section.asked',
    { attributes: { 'aria-label': answer ? askedTitles[answer.kind] : 'A question' } },
    h(
      'div.asked-bar',
      {},
      h('h2', {}, answer ? askedTitles[answer.kind] : 'A question'),
      button(
        '✕',
        () => post({ type: 'dismiss' }),
        { title: 'Put this answer away', 'aria-label': 'Put this answer away', 'data-key': 'dismiss' },
        'button.link',
      ),
    ),
    progress === null ? null : h('p.dim', { attributes: { role: 'status' } }, progress),
    ...(answer ? body(answer, state, post) : []),
  );
}

function body(answer: Asked, state: PanelState, post: Post): readonly Child[] {
  switch (answer.kind) {
    case 'copied':
      return copiedBody(answer, state, post);
    case 'changed':
      return changedBody(answer, post);
    case 'ranked':
      return rankedBody(answer, state, post);
    case 'looked':
      return lookedBody(answer, state, post);
    case 'branched':
      return branchedBody(answer, post);
    case 'paraphrased':
      return paraphrasedBody(answer);
  }
}
