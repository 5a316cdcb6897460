import type { AnswerPart } from '../answer';
import { code, place, words } from '../answerParts';
import { nameToken, showShare } from '../display';
import type { HeadScore, ScorePart, ScoreSide } from '../headScore';
import { type HeadScores, headName } from '../model';
import { partOf, roleName, rolesOf } from '../parts';

/** Parts of the other sign aside, a part is named when it gives at least this share of all pushes. */
const leastShare = 0.1;
const mostNamed = 2;

interface Around {
  readonly headScores: readonly HeadScores[] | null;
  readonly tokenText: (index: number) => string;
  readonly lineOf: (index: number) => number;
}

/** Why a head looks at a place, for people without the field's vocabulary. */
export function lookedSentence(score: HeadScore, around: Around): readonly AnswerPart[] {
  const { layer, head, query, key, weight, querySide, keySide } = score;
  const token = (index: number) => code(around.tokenText(index).trim() || nameToken(around.tokenText(index)));
  const sought = namesOf(querySide, around);
  const found = namesOf(keySide, around);
  return [
    words(`From `),
    token(query),
    words(` the head ${headName(layer, head)} gave `),
    token(key),
    words(' on '),
    place(key, around.lineOf),
    words(` ${showShare(weight)} of its attention.`),
    words(sought === '' ? '' : ` What it looked for was set mostly by ${sought}.`),
    words(found === '' ? '' : ` It found that there because of ${found}.`),
    words(sought + found === '' ? '' : ` Each share is of ${wholeOfShares}.`),
  ];
}

/** What the shares of a score's parts are of. */
export const wholeOfShares = 'all pushes, for and against looking there';

/** Of everything that pushes a score up or down, the share of one part: without its sign, in [0, 1]. */
export function shareOfPushes(score: number, all: readonly { readonly score: number }[]): number {
  const whole = all.reduce((sum, part) => sum + Math.abs(part.score), 0);
  return whole > 0 ? Math.abs(score) / whole : 0;
}

/** `L1H3, a previous token head (78%)`. */
function namesOf({ components }: ScoreSide, { headScores }: Around): string {
  return components
    .filter(({ score }) => score > 0 && shareOfPushes(score, components) >= leastShare)
    .slice(0, mostNamed)
    .map((part) => {
      const share = showShare(shareOfPushes(part.score, components));
      return `${scorePartInWords(part, headScores)} (${share})`;
    })
    .join(' and ');
}

/** A part that wrote into a query or a key, as people call it. */
export function scorePartInWords({ name }: ScorePart, headScores: readonly HeadScores[] | null): string {
  const part = partOf(name);
  switch (part?.kind) {
    case 'head': {
      const role = rolesOf(headScores, part.layer, part.head)[0];
      return role ? `${name}, ${role === 'induction' ? 'an' : 'a'} ${roleName[role]} head` : `head ${name}`;
    }
    case 'mlp':
      return `what layer ${part.layer} learned`;
    case 'pos':
      return 'the place in the text';
    case 'bias':
      return 'constants of the model';
    default:
      return 'the token itself';
  }
}
