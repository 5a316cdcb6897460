import type { AuditFinding } from './audit';
import { caseCount } from './cases';
import { circuitLimits } from './limits';
import type { Draft } from './parser';
import type { Diagnostic, PromptSource, Slot } from './syntax';

/** Mistakes of an audit that no single statement shows. */
export function auditFaults(draft: Draft): Diagnostic[] {
  const { facts, prompts, controls, findings, slots } = draft;
  const faults: Diagnostic[] = [];
  const missing = (sentence: string) => faults.push({ start: 0, end: 0, message: sentence });
  if (!facts.has('audit')) missing('The file needs a line as audit "What it looks for".');
  if (prompts.length === 0) missing('The file needs a prompt, and below it its control.');
  if (findings.length === 0) {
    missing(
      'The file looks for nothing: add a line as finding "A weak hash" when continuation matches /md5/.',
    );
  }
  for (const [index, { start, end }] of prompts.entries()) {
    if (controls[index]) continue;
    faults.push({
      start,
      end,
      message: 'The prompt has no control: add one below it, alike but for what may matter.',
    });
  }
  for (const finding of findings) faults.push(...answerFaults(draft, finding));
  if (faults.length === 0) faults.push(...slots.flatMap((slot) => slotFaults(draft, slot)));
  const pairs = caseCount(draft);
  if (pairs > circuitLimits.pairs) {
    const { start, end } = slots[0] ?? prompts[0]!;
    const message = `Prompts and slots make ${pairs} pairs, more than ${circuitLimits.pairs}: split the file.`;
    faults.push({ start, end, message });
  }
  return faults;
}

function answerFaults({ facts }: Draft, { claim, start, end }: AuditFinding): Diagnostic[] {
  if (claim.kind === 'matches') return [];
  if (!facts.get('answer')?.value) {
    return [{ start, end, message: 'A measure is of an answer: add a line as answer "False".' }];
  }
  if (claim.measure !== 'logit difference' || facts.has('contrast')) return [];
  return [
    { start, end, message: 'A logit difference needs the other token: add a line as contrast "True".' },
  ];
}

/**
 * A prompt that a slot does not change would be counted as often as the slot has values, as if it were as many
 * observations. What stands in files is not read here.
 */
function slotFaults({ prompts, controls }: Draft, { names, start, end }: Slot): Diagnostic[] {
  const lacks = (source: PromptSource | null | undefined) =>
    source?.kind === 'inline' && !names.some((name) => source.value.includes(`{${name}}`));
  const [what] = [...(prompts.some(lacks) ? ['prompt'] : []), ...(controls.some(lacks) ? ['control'] : [])];
  if (what === undefined) return [];
  const named = names.map((name) => `{${name}}`).join(' or ');
  const message = `A ${what} stands without ${named}, so it would be counted once for each of its values: use the slot there, or fill two slots together.`;
  return [{ start, end, message }];
}
