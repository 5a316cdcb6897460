import type { AnswerPart } from '../answer';
import { code, place, words } from '../answerParts';
import { nameToken, showShare } from '../display';
import type { HeadScore, ScorePart, ScoreSide } from '../headScore';
import { type HeadScores, headName } from '../model';
import { partOf, roleName, rolesOf } from '../parts';

/** Parts of the other sign aside, a part is named when it gives at least this share of what speaks for the score. */
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
  ];
}

/** `L1H3, a previous token head (78%)`. Shares are of what speaks for the score. */
function namesOf({ components }: ScoreSide, { headScores }: Around): string {
  const supporting = components.filter(({ score }) => score > 0);
  const all = supporting.reduce((sum, { score }) => sum + score, 0);
  return supporting
    .filter(({ score }) => score >= leastShare * all)
    .slice(0, mostNamed)
    .map((part) => `${scorePartInWords(part, headScores)} (${showShare(part.score / all)})`)
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
