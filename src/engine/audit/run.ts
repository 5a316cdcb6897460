import type {
  AuditHeader,
  AuditSettings,
  AuditSoftware,
  AuditSource,
  PairEntry,
  Shard,
} from '../../core/audit/journal';
import type { AuditProgress } from '../../core/audit/progress';
import type { AuditReport, FileReport, FindingReport } from '../../core/audit/report';
import { cancelled, WhenceError } from '../../core/errors';
import { identityOf } from '../../core/model';
import { partsOf } from '../explain/methods/parts';
import type { Model } from '../model';
import { chosenPairs, type FindingTally, tallied } from './findings';
import { entriesIn, type Journal, JournalWriter, journalIn } from './journalFile';
import { checkHeader } from './journalLines';
import { withFolder } from './lock';
import { LookedInto, lookInto } from './lookInto';
import { type Ordinary, ordinaryCode } from './ordinary';
import { checkPatterns } from './pattern';
import { checkSame } from './same';
import { sideOf } from './sides';
import { type Audit, auditOf, pairsOf, subjectsAt } from './subjects';

export interface AuditOptions {
  readonly settings: AuditSettings;
  readonly software: AuditSoftware;
  /** A folder of ordinary code. */
  readonly corpus: string;
  /** Where the journal is kept. */
  readonly folder: string;
  /** Null for the whole audit. */
  readonly shard: Shard | null;
  readonly onProgress?: (progress: AuditProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs audits, or goes on with them: what the folder's journal has is not done again, and the report is the same as of a run
 * that was never interrupted. Null for a shard, whose journal is to be merged with the others.
 *
 * @throws WhenceError `bad-input` for files that cannot be run, or where the journal is of another audit; `storage` also where
 * another writes to the folder, `cancelled`
 */
export async function runAudits(
  model: Model,
  sources: readonly AuditSource[],
  options: AuditOptions,
): Promise<AuditReport | null> {
  const { settings, software, shard, signal } = options;
  const audits = sources.map(auditOf);
  for (const audit of audits) checkPatterns(audit);
  const ordinary = await ordinaryCode(model, options.corpus, signal);
  const header: AuditHeader = {
    kind: 'audit',
    version: 1,
    software,
    model: identityOf(model.info),
    settings,
    sample: ordinary.described,
    shard,
    parts: partsOf(model).map(({ name }) => name),
    files: sources,
  };
  checkHeader(header);
  return withFolder(options.folder, () => journaled(model, audits, header, ordinary, options));
}

/** The work of an audit beside a journal that nobody else writes. */
async function journaled(
  model: Model,
  audits: readonly Audit[],
  header: AuditHeader,
  ordinary: Ordinary,
  { folder, signal, onProgress }: AuditOptions,
): Promise<AuditReport | null> {
  const { software, settings, shard } = header;
  const begun = await journalIn(folder);
  if (begun) checkSame(begun.header, header, folder);
  const writer = begun ? await JournalWriter.resume(begun) : await JournalWriter.begin(folder, header);
  try {
    await measurePairs(model, audits, header, begun, writer, { signal, onProgress });
    if (shard) return null;
    const journal = (await journalIn(folder))!;
    const tallies = await tallied(journal, audits, header);
    const chosen = await chosenPairs(journal, tallies, header);
    const of = chosen
      .flat()
      .reduce((sum, { explained, ablated }) => sum + explained.length + ablated.length, 0);
    let done = 0;
    const onStep = () => onProgress?.({ doing: 'mechanisms', done: ++done, of });
    const into = await LookedInto.of(journal, writer);
    const looking = { model, ordinary, header, into, onStep, signal };
    const reports: FileReport[] = [];
    for (const [file, audit] of audits.entries()) {
      const findings: FindingReport[] = [];
      for (const [finding, tally] of tallies[file]!.entries()) {
        const measured = measuredOf(tally, audit);
        const sign = measured.difference.value < 0 ? -1 : 1;
        const direction = measured.kind === 'compared' ? sign : null;
        const looked = await lookInto(looking, audit, file, finding, chosen[file]![finding]!, direction);
        findings.push({ ...measured, ...looked });
      }
      reports.push({
        file: audit.source.name,
        name: audit.file.name,
        description: audit.file.description,
        pairs: findings[0]!.pairs,
        of: audit.pairs,
        findings,
      });
    }
    const { sample, files } = header;
    return { schemaVersion: 1, software, model: header.model, settings, sample, audits: reports, files };
  } finally {
    await writer.close();
  }
}

function measuredOf(tally: FindingTally, { source }: Audit) {
  const measured = tally.measured();
  if (measured) return measured;
  throw new WhenceError('internal', `${source.name} has no pairs.`);
}

/** Every pair that the journal does not have yet. */
async function measurePairs(
  model: Model,
  audits: readonly Audit[],
  { settings, shard }: AuditHeader,
  begun: Journal | null,
  writer: JournalWriter,
  { signal, onProgress }: Pick<AuditOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const wanted = function* () {
    for (const [file, audit] of audits.entries()) {
      for (const pair of pairsOf(audit.pairs, settings, shard)) yield { file, pair };
    }
  };
  let of = 0;
  for (const _ of wanted()) of++;
  const left = wanted();
  const done = begun ? await passed(begun, left) : 0;
  let measured = done;
  for (const { file, pair } of left) {
    if (signal?.aborted) throw cancelled();
    const audit = audits[file]!;
    const { probe, control } = subjectsAt(audit, pair);
    const entry: PairEntry = {
      kind: 'pair',
      file,
      pair,
      probe: await sideOf(model, audit.file, probe, signal),
      control: await sideOf(model, audit.file, control, signal),
    };
    await writer.append(entry);
    onProgress?.({ doing: 'pairs', done: ++measured, of });
  }
}

/** Passes over the pairs that a journal has, which must be the first that are wanted; how many there are. */
async function passed(
  journal: Journal,
  wanted: Iterator<{ readonly file: number; readonly pair: number }>,
): Promise<number> {
  let count = 0;
  for await (const entry of entriesIn(journal)) {
    if (entry.kind !== 'pair') continue;
    const next = wanted.next();
    if (next.done || next.value.file !== entry.file || next.value.pair !== entry.pair) {
      throw new WhenceError(
        'bad-input',
        `${journal.place} has pairs out of order, as if two audits had written to it: remove it, and begin anew.`,
      );
    }
    count++;
  }
  return count;
}
