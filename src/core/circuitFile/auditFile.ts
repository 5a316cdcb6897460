import { type AuditFile, lineTokens } from './audit';
import { type Draft, readFile } from './parser';
import type { Diagnostic } from './syntax';
import { auditFaults } from './wholeAudit';

export interface ParsedAudit {
  /** Null when there is a mistake. */
  readonly file: AuditFile | null;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads an audit file; its grammar is docs/audits.md. Mistakes are told as of a circuit file. */
export function parseAudit(text: string): ParsedAudit {
  const { draft, diagnostics } = readFile(text, 'audit', auditFaults);
  return { file: diagnostics.length === 0 ? fileOf(draft) : null, diagnostics };
}

function fileOf({ facts, slots, prompts, controls, continues, findings }: Draft): AuditFile {
  return {
    name: facts.get('audit')!.value,
    description: facts.get('describe')?.value ?? null,
    model: facts.get('model')?.value ?? null,
    language: facts.get('language')?.value ?? null,
    slots,
    prompts,
    controls: controls.flatMap((control) => control ?? []),
    answer: facts.get('answer')?.value ?? null,
    contrast: facts.get('contrast')?.value ?? null,
    continues: continues[0] ?? { until: 'line', tokens: lineTokens },
    findings,
  };
}
