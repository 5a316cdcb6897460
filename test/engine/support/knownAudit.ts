import type { AuditSource } from '../../../src/core/audit/journal';
import { parseAudit } from '../../../src/core/circuitFile/auditFile';

/** Something that is found in every prompt and in no control, whatever the model: a measure that always is. */
export const knownText = `audit "Known"
language python
slot word and other: "left" and "size", "user" and "data", "item" and "value"
prompt "x = {word}\\ny = {word}"
control "x = {other}\\ny = {other}"
answer "\\n"
contrast "("
continue 3 tokens
finding "Always" when probability at most 1
finding "Never" when continuation matches /no such text at all/
finding "Written" when continuation matches /[\\s\\S]/
finding "Compared" compares logit difference
`;

export function sourceOf(name: string, content: string): AuditSource {
  const { prompts, controls, language } = parseAudit(content).file!;
  const texts = (sources: readonly { readonly value: string }[]) =>
    sources.map(({ value }) => ({ text: value, language }));
  return { name, text: content, prompts: texts(prompts), controls: texts(controls) };
}

export const known = sourceOf('known.audit', knownText);
