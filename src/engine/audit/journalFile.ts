import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEntry, AuditHeader } from '../../core/audit/journal';
import { WhenceError } from '../../core/errors';
import { ensureFolder } from '../folder';
import { type Claims, entryOf, headerOf, journalLimits } from './journalLines';
import { auditOf } from './subjects';

/** Moves the journal of one folder into another, whose folder is there; the first is then gone. */
export async function moveJournal(from: string, to: string): Promise<void> {
  await rename(journalPlace(from), journalPlace(to));
  await rm(from, { recursive: true });
}

/** Where a folder keeps the journal of its audit. */
function journalPlace(folder: string): string {
  return join(folder, 'journal.jsonl');
}

/** A journal that is there, with what its first line says. */
export interface Journal {
  readonly place: string;
  readonly header: AuditHeader;
  readonly claims: Claims;
  /** Bytes up to the end of its last whole line: one that was torn by the end of a process counts as not written. */
  readonly whole: number;
}

/**
 * The journal in a folder; null where there is none, or only the torn beginning of one.
 *
 * @throws WhenceError `bad-input` for what is no journal, `storage` where it cannot be read
 */
export async function journalIn(folder: string): Promise<Journal | null> {
  const place = journalPlace(folder);
  if (!(await stat(place).catch(() => null))?.isFile()) return null;
  let header: AuditHeader | null = null;
  let whole = 0;
  for await (const { text, end } of lines(place)) {
    header ??= headerOf(text, place);
    whole = end;
  }
  if (!header) return null;
  const claims = header.files.map((source) => auditOf(source).file.findings.map(({ claim }) => claim.kind));
  return { place, header, claims, whole };
}

/**
 * What a journal says after its first line, one after another: no more than a line is in memory.
 *
 * @throws WhenceError `bad-input` for a line that no audit wrote
 */
export async function* entriesIn({ place, header, claims }: Journal): AsyncGenerator<AuditEntry> {
  let number = 0;
  for await (const { text } of lines(place)) {
    number++;
    if (number === 1) continue;
    const entry = entryOf(text, header, claims);
    if (entry) yield entry;
    else {
      const message = `Line ${number} of ${place} is damaged: remove the file, and the audit begins anew.`;
      throw new WhenceError('bad-input', message);
    }
  }
}

/** Whole lines, with the bytes up to their end. */
async function* lines(place: string): AsyncGenerator<{ readonly text: string; readonly end: number }> {
  let pending: Buffer[] = [];
  let length = 0;
  let end = 0;
  for await (const chunk of createReadStream(place) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      const line = Buffer.concat([...pending, chunk.subarray(from, at)]);
      end += line.length + 1;
      yield { text: line.toString('utf8'), end };
      pending = [];
      length = 0;
      from = at + 1;
    }
    pending.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > journalLimits.lineBytes) {
      throw new WhenceError(
        'bad-input',
        `${place} has a line of more than ${journalLimits.lineBytes >> 20} MB, so it is no journal: give another folder with --out.`,
      );
    }
  }
}

/** A journal that is written: every line at once, so that a process that ends leaves whole lines and one torn at most. */
export class JournalWriter {
  private constructor(private readonly file: FileHandle) {}

  /** Begins a journal in a folder, which is made if need be. @throws WhenceError `storage` */
  static async begin(folder: string, header: AuditHeader): Promise<JournalWriter> {
    await ensureFolder(folder);
    const writer = new JournalWriter(await opened(journalPlace(folder), 'w'));
    await writer.append(header);
    return writer;
  }

  /** Goes on with a journal after its last whole line. @throws WhenceError `storage` */
  static async resume({ place, whole }: Journal): Promise<JournalWriter> {
    const file = await opened(place, 'r+');
    await file.truncate(whole);
    await file.close();
    return new JournalWriter(await opened(place, 'a'));
  }

  /** @param lasting whether the line must outlast the machine */
  async append(entry: AuditEntry | AuditHeader, lasting = true): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(entry)}\n`);
    if (lasting) await this.file.datasync();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function opened(place: string, flags: string): Promise<FileHandle> {
  try {
    return await open(place, flags);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new WhenceError(
      'storage',
      `${place} cannot be written (${code}): give another folder with --out.`,
      {
        cause,
      },
    );
  }
}
