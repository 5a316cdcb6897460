import type { LookedAtHere } from '../../../core/asked/asked';
import { lookedSentence, scorePartInWords, shareOfPushes, wholeOfShares } from '../../../core/asked/looked';
import { nameToken, showShare, showSigned } from '../../../core/display';
import type { HeadScore, ScoreSide } from '../../../core/headScore';
import type { PanelState } from '../../../core/panel';
import { type Child, h } from '../../dom';
import { commandButton, type Post, placeOf, sentenceOf } from '../../pieces';
import { checkRows } from '../checks';

/** Rows of a list; what is weaker is summed up. */
const mostRows = 5;

interface Row {
  readonly label: string;
  readonly title: string;
  readonly score: number;
}

/** One score of a head: in a sentence, then what it looked for and what it found, by part and by token. */
export function lookedBody({ result }: LookedAtHere, state: PanelState, post: Post): readonly Child[] {
  const sentence = lookedSentence(result, {
    headScores: state.headScores,
    tokenText: (index) => state.tokens[index]?.text ?? '',
    lineOf: (index) => state.tokens[index]?.line ?? 0,
  });
  const expert = state.mode === 'expert';
  return [
    h('p', {}, ...sentenceOf(sentence, 'looked', post)),
    expert ? h('p.dim', {}, scoreWords(result)) : null,
    h(
      'div.sides',
      {},
      side('What it looked for', result.querySide, state),
      side('What it found there', result.keySide, state),
    ),
    expert ? checkRows(result.checks) : null,
    h(
      'p',
      {},
      commandButton('Show Circuit', 'showCircuit', 'This head among all that leads to the token', post),
    ),
  ];
}

function scoreWords({ score, mean, looked }: HeadScore): string {
  const others = looked.length > 1 ? `, the mean over all tokens it can look at is ${showSigned(mean)}` : '';
  return `Its score before the softmax is ${showSigned(score)}${others}. Each side is told with the other held, and adds up to the score.`;
}

function side(title: string, { components, tokens, remainder }: ScoreSide, state: PanelState): HTMLElement {
  const parts = components.map(
    (part): Row => ({
      label: state.mode === 'expert' ? part.name : scorePartInWords(part, state.headScores),
      title: scorePartInWords(part, state.headScores),
      score: part.score,
    }),
  );
  const texts = tokens.map(({ index, score }): Row => {
    const token = state.tokens[index];
    const name = `${nameToken(token?.text ?? '')}, ${placeOf(token)}`;
    return { label: name, title: name, score };
  });
  const constant = { label: 'no token', title: 'Constants of the model', score: remainder };
  return h(
    'div.side',
    {},
    h('h3', {}, title),
    list('by part', parts, state),
    list('by token', [...texts, constant], state),
  );
}

function list(caption: string, rows: readonly Row[], state: PanelState): HTMLElement {
  const sorted = rows.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score));
  const shown = sorted.slice(0, mostRows).filter(({ score }) => score !== 0);
  const rest = sorted.slice(mostRows);
  const sum = rest.reduce((total, { score }) => total + score, 0);
  const most = Math.abs(shown[0]?.score ?? 0);
  const last = rest.some(({ score }) => score !== 0)
    ? [{ label: `${rest.length} more`, title: 'What is weaker, summed up', score: sum }]
    : [];
  return h(
    'table.scores',
    {},
    h('caption', {}, caption),
    h(
      'tbody',
      {},
      ...[...shown, ...last].map(({ label, title, score }) => {
        const share = showShare(shareOfPushes(score, rows));
        const number = state.mode === 'expert' ? showSigned(score) : `${score < 0 ? '−' : ''}${share}`;
        const unit =
          state.mode === 'expert'
            ? `${showSigned(score)} of the score before the softmax, which has no unit`
            : `${share} of ${wholeOfShares}`;
        return h(
          'tr',
          { attributes: { title: `${title}: ${unit}` } },
          h('th', { attributes: { scope: 'row' } }, label),
          h(
            'td',
            {},
            h(score < 0 ? 'span.fill.against' : 'span.fill.for', {
              css: { '--share': most > 0 ? Math.min(1, Math.abs(score) / most).toFixed(3) : '0' },
            }),
          ),
          h('td.number', {}, number),
        );
      }),
    ),
  );
}
