import type { AnswerPart } from '../answer';
import { code, words } from '../answerParts';
import { showProbability, showShare, showToken } from '../display';
import type { Alternative } from '../statistics';
import type { WhatIf } from '../whatIf';
import type { Changed } from './asked';

/** Rows of each of the two distributions that are shown. */
const shownTokens = 5;
/** A row is left out when it would say `<0.001` twice. */
const leastShown = 0.0005;

/** A token beside itself: its probability before and after; null where it is below the ten most probable ones. */
export interface ChancePair {
  readonly id: number;
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** The tokens that matter in either distribution, the most probable first. */
export function chancePairs({ before, after, renamed }: WhatIf): readonly ChancePair[] {
  const known = (list: readonly Alternative[], id: number) =>
    list.find((each) => each.id === id)?.probability ?? null;
  const rows = new Map<number, ChancePair>();
  const put = (id: number, text: string, first?: number, second?: number) => {
    if (rows.has(id)) return;
    const pair = {
      before: first ?? known(before.alternatives, id),
      after: second ?? known(after.alternatives, id),
    };
    rows.set(id, { id, text, ...pair });
  };
  put(before.target.id, before.target.text, before.target.probability, after.target.probability);
  if (renamed)
    put(renamed.after.id, renamed.after.text, renamed.before.probability, renamed.after.probability);
  for (const { alternatives } of [before, after])
    for (const { id, text } of alternatives.slice(0, shownTokens)) put(id, text);
  const most = ({ before: first, after: second }: ChancePair) => Math.max(first ?? 0, second ?? 0);
  const visible = (pair: ChancePair) => pair.id === before.target.id || most(pair) >= leastShown;
  return [...rows.values()].filter(visible).sort((a, b) => most(b) - most(a));
}

/** What a change of the context does, in a sentence or three. */
export function changedSentence({ what, result }: Changed): readonly AnswerPart[] {
  const { before, after, renamed, moved } = result;
  const [first, then] = [before.alternatives[0]!, after.alternatives[0]!];
  const choice =
    first.id === then.id
      ? [words('; the first choice stays '), token(then.text)]
      : [
          words('; it would write '),
          token(then.text),
          words(` (${showProbability(then.probability)}) in place of `),
          token(first.text),
        ];
  const { change } = result;
  const whole = change.kind === 'rename' && renamed?.after.text.trim() === change.to;
  const name = renamed && [
    words(whole ? ' The new name ' : ' The beginning of the new name '),
    token(renamed.after.text),
    words(
      ` gets ${showProbability(renamed.after.probability)}; before it had ${showProbability(renamed.before.probability)}.`,
    ),
  ];
  return [
    ...what,
    words(', the model gives '),
    token(before.target.text),
    words(
      ` a probability of ${showProbability(after.target.probability)}, not ${showProbability(before.target.probability)}`,
    ),
    ...choice,
    words(`. ${showShare(moved)} of the probability went to other tokens.`),
    ...(name ?? []),
  ];
}

function token(text: string): AnswerPart {
  return code(showToken(text.trim() || text));
}
