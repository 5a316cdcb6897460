import type { AuditSettings, AuditSource } from '../../core/audit/journal';
import { type Piece, piecesOf } from '../../core/audit/pieces';
import type { AuditFile } from '../../core/circuitFile/audit';
import { parseAudit } from '../../core/circuitFile/auditFile';
import { caseCount, fill, fillingAt, type PromptText } from '../../core/circuitFile/cases';
import { WhenceError } from '../../core/errors';
import { drawNumbers, randomFrom } from '../explain/random';

/** An audit file that can be run. */
export interface Audit {
  readonly source: AuditSource;
  readonly file: AuditFile;
  /** How many pairs prompts and slots make. */
  readonly pairs: number;
}

/** A prompt as the model reads it, its slots filled. */
export interface Subject {
  readonly text: string;
  readonly language: string | null;
  readonly values: Readonly<Record<string, string>>;
  readonly answer: string | null;
  readonly contrast: string | null;
}

/**
 * An audit of its source.
 *
 * @throws WhenceError `bad-input` with the file's first mistake, or where texts do not belong to it
 */
export function auditOf(source: AuditSource): Audit {
  const { file, diagnostics } = parseAudit(source.text);
  if (!file) throw new WhenceError('bad-input', `${source.name}: ${diagnostics[0]!.message}`);
  const { prompts, controls } = source;
  if (prompts.length !== file.prompts.length || controls.length !== file.controls.length) {
    throw new WhenceError(
      'bad-input',
      `${source.name} names ${file.prompts.length} prompts, and ${prompts.length} with ${controls.length} controls were given.`,
    );
  }
  return { source, file, pairs: caseCount(file) };
}

/** A prompt and its control, number `pair` of the audit. Nothing is kept of the others. */
export function subjectsAt({ source, file }: Audit, pair: number): { probe: Subject; control: Subject } {
  const { prompt, values } = fillingAt(file, pair);
  const subject = ({ text, language }: PromptText): Subject => ({
    text: fill(text, values),
    language,
    values,
    answer: file.answer === null ? null : fill(file.answer, values),
    contrast: file.contrast === null ? null : fill(file.contrast, values),
  });
  return { probe: subject(source.prompts[prompt]!), control: subject(source.controls[prompt]!) };
}

/** Rows that a slot has at least for them to stand for others: of fewer the spread between them is not known. */
const fewestRows = 5;

/** For every slot with rows enough, which of them a pair has. */
export function rowsOf({ slots }: AuditFile): readonly ((pair: number) => number)[] {
  return slots.flatMap(({ rows }, at) => {
    const step = slots.slice(at + 1).reduce((product, slot) => product * slot.rows.length, 1);
    return rows.length < fewestRows ? [] : [(pair: number) => Math.floor(pair / step) % rows.length];
  });
}

/**
 * Slots that are filled together, one of which stands in prompts alone and one in controls alone: the one is in the place of
 * the other, so what they bring is one row, prompt minus control. By the label of each, that of both.
 */
export function jointSlots({ source, file }: Audit): ReadonlyMap<string, string> {
  const stands = (texts: readonly PromptText[], name: string) =>
    texts.some(({ text }) => text.includes(`{${name}}`));
  return new Map(
    file.slots.flatMap(({ names }) => {
      const [probes, controls] = [source.prompts, source.controls];
      const one = names.filter((name) => stands(probes, name) && !stands(controls, name));
      const other = names.filter((name) => stands(controls, name) && !stands(probes, name));
      if (one.length !== 1 || other.length !== 1) return [];
      const both = `{${one[0]}} / {${other[0]}}`;
      return [
        [`{${one[0]}}`, both],
        [`{${other[0]}}`, both],
      ] as const;
    }),
  );
}

/** Where the slots and lines of pair `pair` are: of its prompt, or of its control. */
export function piecesAt({ source, file }: Audit, pair: number, side: 'probe' | 'control'): readonly Piece[] {
  const { prompt, values } = fillingAt(file, pair);
  const texts = side === 'probe' ? source.prompts : source.controls;
  const before = texts.length === 1 ? '' : `prompt ${prompt + 1}, `;
  return piecesOf(texts[prompt]!.text, values, before);
}

/**
 * The pairs of a file that are run, in their order: all, or so many drawn by the seed; of them those of one machine's part.
 * They are drawn and not taken at equal steps, which would meet the same rows of a slot again and again.
 */
export function* pairsOf(
  pairs: number,
  { cases, seed }: Pick<AuditSettings, 'cases' | 'seed'>,
  shard: { part: number; of: number } | null,
) {
  const drawn =
    cases === null || cases >= pairs
      ? null
      : drawNumbers(pairs, cases, randomFrom([seed, pairs])).sort((a, b) => a - b);
  const count = drawn?.length ?? pairs;
  for (let index = 0; index < count; index++) {
    if (shard && index % shard.of !== shard.part - 1) continue;
    yield drawn?.[index] ?? index;
  }
}
