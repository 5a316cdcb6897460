import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditHeader, PairEntry } from '../../core/audit/journal';
import { WhenceError } from '../../core/errors';
import { entriesIn, type Journal, JournalWriter, journalIn, moveJournal } from './journalFile';
import { checkHeader } from './journalLines';
import { withFolder } from './lock';
import { differenceOf } from './same';
import { auditOf, pairsOf } from './subjects';

/** Missing shards that a sentence names. */
const mostNamed = 10;

/**
 * Makes one journal of those of all shards, as one run would have written it, whole or not at all. A folder that has the
 * merged journal already keeps it. Of each shard a line is in memory.
 *
 * @returns what the merged journal is of
 * @throws WhenceError `bad-input` where shards are missing, twice there, unfinished or of different audits
 */
export async function mergeShards(folders: readonly string[], out: string): Promise<AuditHeader> {
  const journals: Journal[] = [];
  for (const folder of folders) {
    const journal = await journalIn(folder);
    if (!journal)
      throw refused(`${folder} holds no journal of an audit: name the folders that --out gave the shards.`);
    journals.push(journal);
  }
  const [first, ...rest] = journals as [Journal, ...Journal[]];
  const header: AuditHeader = { ...first.header, shard: null };
  for (const { header: other, place } of rest) {
    const what = differenceOf({ ...other, shard: null }, header);
    if (what !== null)
      throw refused(`${place} is the journal of an audit ${what}: shards of one audit are merged.`);
  }
  checkShards(journals, first.header.shard?.of ?? 0);
  checkHeader(header);
  return withFolder(out, () => mergeInto(out, journals, header));
}

async function mergeInto(
  out: string,
  journals: readonly Journal[],
  header: AuditHeader,
): Promise<AuditHeader> {
  const known = await journalIn(out);
  if (known) {
    const what = differenceOf(known.header, header);
    if (what === null) return header;
    throw refused(
      `${out} holds the journal of an audit ${what}: give another folder with --out, or remove it.`,
    );
  }
  const half = join(out, 'merging');
  await rm(half, { recursive: true, force: true });
  const writer = await JournalWriter.begin(half, header);
  try {
    for await (const entry of inOrder(journals, header)) await writer.append(entry, false);
  } finally {
    await writer.close();
  }
  await moveJournal(half, out);
  return header;
}

function checkShards(journals: readonly Journal[], of: number): void {
  const parts = journals.map(({ header }) => header.shard);
  const whole = parts.indexOf(null);
  if (whole !== -1) throw refused(`${journals[whole]!.place} is whole and no shard: it needs no merging.`);
  const missing = Array.from({ length: of }, (_, at) => at + 1).filter(
    (part) => !parts.some((shard) => shard!.part === part),
  );
  const named = missing.slice(0, mostNamed).map((part) => `${part}/${of}`);
  const others = missing.length - named.length;
  const list = others === 0 ? named.join(', ') : `${named.join(', ')} and ${others} more`;
  const what = `${list} ${missing.length === 1 ? 'is' : 'are'}`;
  if (missing.length > 0) throw refused(`Shard ${what} missing: name the folders of all ${of} shards.`);
  if (parts.length > of)
    throw refused(`${parts.length} folders were named for ${of} shards: name each once.`);
  const other = journals.find(({ header }) => header.shard!.of !== of);
  if (other) throw refused(`${other.place} is of ${other.header.shard!.of} shards and not of ${of}.`);
}

async function* inOrder(
  journals: readonly Journal[],
  { files, settings }: AuditHeader,
): AsyncGenerator<PairEntry> {
  const byPart = new Map(journals.map((journal) => [journal.header.shard!.part, journal]));
  const readers = new Map([...byPart].map(([part, journal]) => [part, entriesIn(journal)]));
  const of = journals.length;
  for (const [file, source] of files.entries()) {
    let at = 0;
    for (const pair of pairsOf(auditOf(source).pairs, settings, null)) {
      const part = (at++ % of) + 1;
      const next = await readers.get(part)!.next();
      const entry = next.done ? null : next.value;
      if (entry?.kind !== 'pair' || entry.file !== file || entry.pair !== pair) {
        throw refused(
          `Shard ${part}/${of} in ${byPart.get(part)!.place} is not finished: run it again, it goes on where it was.`,
        );
      }
      yield entry;
    }
  }
}

function refused(sentence: string): WhenceError {
  return new WhenceError('bad-input', sentence);
}
