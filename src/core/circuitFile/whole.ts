import { caseCount } from './cases';
import { circuitLimits } from './limits';
import type { Draft } from './parser';
import type { Diagnostic, Expectation, Place } from './syntax';

/** Mistakes that no single statement shows: what is missing, what is never used, numbers of cases that are not so. */
export function wholeFaults(draft: Draft): Diagnostic[] {
  const { facts, prompts, expectations } = draft;
  const faults: Diagnostic[] = [];
  const missing = (sentence: string) => faults.push({ start: 0, end: 0, message: sentence });
  if (!facts.has('circuit')) missing('The file needs a line as circuit "What it shows".');
  if (prompts.length === 0) missing('The file needs a prompt: prompt "x = " or prompt from "file.py".');
  if (!facts.has('answer')) missing('The file needs the answer that it speaks of: answer "owner".');
  if (expectations.length === 0) missing('The file expects nothing: add a line as expect rank at most 1.');
  if (facts.get('answer')?.value === '') {
    faults.push({ ...facts.get('answer')!, message: 'The answer is empty: give at least a character.' });
  }
  for (const expectation of expectations) {
    if (!facts.has('contrast') && needsContrast(expectation)) {
      const message = 'A logit difference needs the other token: add a line as contrast "other".';
      faults.push({ ...rangeOf(expectation), message });
    }
  }
  faults.push(...unusedSlots(draft), ...caseFaults(draft, caseCount(draft)));
  return faults;
}

function needsContrast({ claim }: Expectation): boolean {
  return (claim.kind === 'output' || claim.kind === 'cause') && claim.measure === 'logit difference';
}

/** Prompts from files are not read here, so with one of them every slot may be used. */
function unusedSlots({ facts, slots, prompts, names, expectations }: Draft): Diagnostic[] {
  if (prompts.some(({ kind }) => kind === 'file')) return [];
  const places = [...names.places.values(), ...expectations.flatMap(({ claim }) => placesOf(claim))];
  const texts = [
    ...prompts.map(({ value }) => value),
    facts.get('answer')?.value ?? '',
    facts.get('contrast')?.value ?? '',
    ...places.map((place) => ('text' in place ? place.text : '')),
    ...expectations.map(({ claim }) => textOf(claim)),
  ];
  return slots.flatMap(({ names: own, start, end }) =>
    own
      .filter((name) => !texts.some((text) => text.includes(`{${name}}`)))
      .map((name) => ({
        start,
        end,
        message: `The slot ${name} is used nowhere: write {${name}} in the prompt.`,
      })),
  );
}

/** A text of a claim in which slots are filled in. */
function textOf(claim: Expectation['claim']): string {
  if (claim.kind === 'continuation') return claim.text;
  return claim.kind === 'cause' && claim.cause.kind === 'patching' ? claim.cause.prompt : '';
}

function placesOf(claim: Expectation['claim']): Place[] {
  if (claim.kind === 'share' || claim.kind === 'activation') return [claim.place];
  return claim.kind === 'attention' ? [claim.from, claim.to] : [];
}

function caseFaults({ slots, prompts, expectations }: Draft, cases: number): Diagnostic[] {
  if (cases > circuitLimits.cases) {
    const message = `Prompts and slots make ${cases} cases, more than ${circuitLimits.cases}: split the file.`;
    return [{ ...rangeOf(slots[0] ?? prompts[0]!), message }];
  }
  return expectations.flatMap((expectation) => {
    const { quantifier } = expectation;
    if (quantifier.kind !== 'count' || prompts.length === 0) return [];
    const { least, of } = quantifier;
    if (of !== cases) {
      return [{ ...rangeOf(expectation), message: `Prompts and slots make ${cases} cases, not ${of}.` }];
    }
    if (least > of) return [{ ...rangeOf(expectation), message: `${least} of ${of} cases can never hold.` }];
    return [];
  });
}

function rangeOf({ start, end }: { readonly start: number; readonly end: number }) {
  return { start, end };
}
