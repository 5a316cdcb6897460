import type { Changed, Ranked, RankedWord } from '../../../core/asked/asked';
import { type ChancePair, chancePairs, changedSentence } from '../../../core/asked/changed';
import { nameToken, showProbability, showShare } from '../../../core/display';
import type { PanelState } from '../../../core/panel';
import { button, type Child, h } from '../../dom';
import { type Post, sentenceOf, tokenCode } from '../../pieces';

/** The next token's distribution before and after a change of the context, side by side. */
export function changedBody(answer: Changed, post: Post): readonly Child[] {
  const { before, after } = answer.result;
  const pairs = chancePairs(answer.result);
  const most = Math.max(...pairs.map((pair) => Math.max(pair.before ?? 0, pair.after ?? 0)));
  const rank = () => post({ type: 'change', change: 'rank' });
  return [
    h('p', {}, ...sentenceOf(changedSentence(answer), 'changed', post)),
    h(
      'table.chances',
      {},
      h('caption.unseen', {}, 'Probability of each token before and after the change'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { attributes: { scope: 'col' } }, 'next token'),
          h('th', { attributes: { scope: 'col', title: 'With the text as it is' } }, 'as it is'),
          h('th', { attributes: { scope: 'col', title: 'With the changed text' } }, 'changed'),
        ),
      ),
      h(
        'tbody',
        {},
        ...pairs.map((pair) =>
          chanceRow(pair, pair.id === before.target.id, most, [
            before.alternatives.at(-1)?.probability ?? 0,
            after.alternatives.at(-1)?.probability ?? 0,
          ]),
        ),
      ),
    ),
    h(
      'p',
      {},
      button(
        'Which source changes it most?',
        rank,
        {
          title: 'Leaves out every source, one after another',
          'data-key': 'rank',
        },
        'button.link',
      ),
    ),
  ];
}

function chanceRow(
  pair: ChancePair,
  own: boolean,
  most: number,
  [leastBefore, leastAfter]: readonly [number, number],
): HTMLElement {
  return h(
    own ? 'tr.own' : 'tr',
    {},
    h(
      'th',
      { attributes: { scope: 'row' } },
      tokenCode(pair.text, own ? 'The token that is explained' : null),
    ),
    chance('before', pair.before, leastBefore, most),
    chance('after', pair.after, leastAfter, most),
  );
}

function chance(
  when: 'before' | 'after',
  probability: number | null,
  least: number,
  most: number,
): HTMLElement {
  const shown =
    probability === null ? `<${showProbability(least).replace('<', '')}` : showProbability(probability);
  const title = `Probability ${when} the change, from 0 to 1${probability === null ? ': less than that of the ten most probable tokens' : ''}`;
  return h(
    'td',
    { attributes: { title } },
    h(
      'span.chance',
      {},
      h('span.number', {}, shown),
      h(`span.fill.${when}`, { css: { '--share': ((probability ?? 0) / most).toFixed(3) } }),
    ),
  );
}

/** The sources by how much leaving each of them out changes what comes next. */
export function rankedBody(answer: Ranked, state: PanelState, post: Post): readonly Child[] {
  const { target, words, tried } = answer;
  const most = words[0]?.moved ?? 0;
  return [
    h(
      'p',
      {},
      `Each of the ${tried} words above was left out by itself and the model run again. `,
      tokenCode(target.text),
      ` had a probability of ${showProbability(target.probability)}.`,
    ),
    h(
      'table.ranking',
      {},
      h('caption.unseen', {}, 'Sources, the one that changes most first'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { attributes: { scope: 'col' } }, 'without'),
          h(
            'th',
            {
              attributes: { scope: 'col', title: 'Share of the whole probability that goes to other tokens' },
            },
            'changes',
          ),
          h(
            'th',
            { attributes: { scope: 'col', title: 'What the token’s own probability becomes' } },
            'p becomes',
          ),
          h('th', { attributes: { scope: 'col', title: 'The first choice then' } }, 'would write'),
        ),
      ),
      h('tbody', {}, ...words.map((word) => rankedRow(word, most, post))),
    ),
    state.mode === 'expert'
      ? h(
          'p.dim',
          {},
          'Left out means that the mean embedding stands in its place. Of two that say the same, neither seems to matter.',
        )
      : h('p.dim', {}, 'Of two that say the same, neither seems to matter.'),
  ];
}

function rankedRow(word: RankedWord, most: number, post: Post): HTMLElement {
  const index = word.indices[0]!;
  return h(
    'tr',
    {},
    h(
      'th',
      { attributes: { scope: 'row' } },
      button(
        word.text,
        () => post({ type: 'change', change: { word: index } }),
        { title: `Delete, rename or mask ${nameToken(word.text)}`, 'data-key': `change-${index}` },
        'button.link.code',
      ),
      ' ',
      button(
        `line ${word.line + 1}`,
        () => post({ type: 'reveal', index }),
        { title: 'Show in the editor', 'data-key': `ranked-${index}` },
        'button.link',
      ),
    ),
    h(
      'td',
      { attributes: { title: `${showShare(word.moved)} of the probability goes to other tokens` } },
      h(
        'span.chance',
        {},
        h('span.number', {}, showShare(word.moved)),
        h('span.fill.after', { css: { '--share': most > 0 ? (word.moved / most).toFixed(3) : '0' } }),
      ),
    ),
    h('td.number', {}, showProbability(word.probability)),
    h(
      'td',
      {},
      tokenCode(word.first.text, `With a probability of ${showProbability(word.first.probability)}`),
    ),
  );
}
