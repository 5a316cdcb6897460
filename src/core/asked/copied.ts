import type { AnswerPart } from '../answer';
import { place, words } from '../answerParts';
import { nameToken, showShare } from '../display';
import type { Explanation } from '../explanation';
import { type HeadScores, headName } from '../model';
import { type Origin, originOf } from '../origin';
import { roleName, rolesOf } from '../parts';
import type { CopiedFrom, Copier } from './asked';

/** Where a token was copied from, or that it was not; the same verdict as the answer to "why?". */
export function copiedFrom(
  explanation: Explanation,
  headScores: readonly HeadScores[] | null,
  lineOf: (index: number) => number,
): CopiedFrom {
  const origin = originOf(explanation);
  const copied = origin.kind === 'copied';
  return {
    kind: 'copied',
    copied,
    parts: copied ? yes(origin, lineOf) : no(explanation, origin, lineOf),
    span: origin.span,
    copiers: copied ? copiersOf(origin, headScores) : [],
  };
}

function yes(origin: Origin, lineOf: (index: number) => number): AnswerPart[] {
  const { first, last } = origin.span!;
  const before = last - first;
  const matched =
    before === 0
      ? 'The text before it differs.'
      : `The ${before === 1 ? 'token' : `${before} tokens`} before it ${before === 1 ? 'is' : 'are'} the same in both places.`;
  return [
    words('Copied from '),
    place(last, lineOf),
    words(
      `: attention to places with the same text brought ${showShare(origin.copied)} of its lead. ${matched}`,
    ),
  ];
}

function no(explanation: Explanation, origin: Origin, lineOf: (index: number) => number): AnswerPart[] {
  const name = nameToken(explanation.target.text);
  if (origin.span === null) {
    return [
      words(`Not copied: ${name} stands nowhere in the text above that the model read${elsewhere(origin)}.`),
    ];
  }
  const same = [words('the same text stands on '), place(origin.span.last, lineOf)];
  if (origin.kind === 'unknown') {
    return [
      words('Not known well enough to say: '),
      ...same,
      words(', but the model gave this token too little for its sources to mean anything.'),
    ];
  }
  const share = showShare(Math.max(0, origin.copied));
  return [
    words('Not copied: '),
    ...same,
    words(`, but what was read there brought only ${share} of its lead${elsewhere(origin)}.`),
  ];
}

function elsewhere({ kind }: Origin): string {
  if (kind === 'composed') return '; it was composed from other places of the text';
  return kind === 'recalled' ? '; it comes from what the model learned in training' : '';
}

function copiersOf({ span, copiers }: Origin, headScores: readonly HeadScores[] | null): readonly Copier[] {
  return copiers.map(({ layer, head, bySource, attention }) => {
    return {
      name: headName(layer, head),
      role: rolesOf(headScores, layer, head)
        .map((role) => roleName[role])
        .join(', '),
      score: bySource.find(({ index }) => index === span!.last)?.score ?? 0,
      weight: attention.find(({ index }) => index === span!.last)?.weight ?? null,
    };
  });
}
