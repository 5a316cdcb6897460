import { basename, dirname } from 'node:path';
import type { AuditSource } from '../../core/audit/journal';
import { parseAudit } from '../../core/circuitFile/auditFile';
import { lineAt } from '../../core/circuitFile/spans';
import { WhenceError } from '../../core/errors';
import { promptsOf } from '../circuits/outcome';
import { readPrompt } from '../prompt';

/** Audit files with their prompts, and the model that they are about. */
export interface ReadAudits {
  readonly sources: readonly AuditSource[];
  /** As `--model` takes it; undefined for the embedded one. */
  readonly model: string | undefined;
}

/**
 * Reads audit files and the prompts that they name.
 *
 * @throws WhenceError `bad-input` with every mistake of the first file that has one, or where files are of two models
 */
export async function readAudits(files: readonly string[]): Promise<ReadAudits> {
  const sources: AuditSource[] = [];
  const models = new Set<string | null>();
  for (const file of files) {
    const { text } = await readPrompt(file, 'none');
    const { file: audit, diagnostics } = parseAudit(text);
    if (!audit) {
      const mistakes = diagnostics.map(
        ({ start, message }) => `${file}:${lineAt(text, start) + 1}: ${message}`,
      );
      throw new WhenceError('bad-input', mistakes.join(' '));
    }
    const folder = dirname(file);
    models.add(audit.model);
    sources.push({
      name: basename(file),
      text,
      prompts: await promptsOf(audit.prompts, audit.language, folder),
      controls: await promptsOf(audit.controls, audit.language, folder),
    });
  }
  if (models.size > 1) {
    throw new WhenceError(
      'bad-input',
      'The files name different models: run them apart, or say which with --model.',
    );
  }
  const [model] = models;
  return { sources, model: model ?? undefined };
}
