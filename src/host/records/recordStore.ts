// Records on disk: one file a record, written once, and a small one beside it with its anchors, written as the document
// is edited.

import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Anchors } from '../../core/anchors';
import { asWhenceError, WhenceError } from '../../core/errors';
import type { WhenceRecord } from '../../core/record';
import { parseAnchors, parseRecord, recordLimits, writeAnchors } from '../../core/recordFile';
import { readBounded, writeWhole } from '../wholeFile';

export interface StoreLog {
  info(message: string): void;
  warn(message: string): void;
}

/** The most that is kept; the oldest records go first. */
export interface StoreLimits {
  readonly records: number;
  readonly bytes: number;
}

const storeLimits: StoreLimits = { records: 200, bytes: 64 * 2 ** 20 };

export interface StoredRecord {
  readonly record: WhenceRecord;
  /** Null when they were lost: then the record's own offset has to do. */
  readonly anchors: Anchors | null;
}

const recordEnding = '.record.json';
const anchorsEnding = '.anchors.json';

export class RecordStore {
  /** What is done to one file is done in turn, so that the last stays. */
  readonly #writes = new Map<string, Promise<void>>();

  constructor(
    private readonly folder: string,
    private readonly log: StoreLog,
    private readonly limits: StoreLimits = storeLimits,
  ) {}

  /** All records that can be read, oldest first. What cannot be read is set aside and the log says so. */
  async load(): Promise<readonly StoredRecord[]> {
    const names = await this.#names();
    const kept: StoredRecord[] = [];
    let bytes = 0;
    for (const [i, name] of names.entries()) {
      const size = await stat(join(this.folder, name)).then(
        (found) => found.size,
        () => 0,
      );
      bytes += size;
      if (i >= this.limits.records || bytes > this.limits.bytes) {
        // What cannot be removed is no reason not to show what can be read.
        await this.remove(idOf(name)).catch((thrown: unknown) =>
          this.log.warn(asWhenceError(thrown).message),
        );
        continue;
      }
      const stored = await this.#read(name, size);
      if (stored) kept.push(stored);
    }
    return kept.reverse();
  }

  /** Returns the ids of those that had to go for it. Throws a `storage` error when the folder cannot be written. */
  async save(record: WhenceRecord, anchors: Anchors): Promise<readonly string[]> {
    await this.#write(record.id + recordEnding, JSON.stringify(record));
    await this.saveAnchors(record.id, anchors);
    const tooMany = (await this.#names()).slice(this.limits.records).map(idOf);
    for (const id of tooMany) await this.remove(id);
    return tooMany;
  }

  async saveAnchors(id: string, anchors: Anchors): Promise<void> {
    await this.#write(id + anchorsEnding, writeAnchors(anchors));
  }

  async remove(id: string): Promise<void> {
    for (const ending of [recordEnding, anchorsEnding]) {
      const name = id + ending;
      await this.#inTurn(name, () => rm(join(this.folder, name), { force: true }));
    }
  }

  /** When everything that was asked for is on disk. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes.values());
  }

  /** Names of record files, newest first: a record's id begins with its time. */
  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names
      .filter((name) => name.endsWith(recordEnding))
      .sort()
      .reverse();
  }

  async #read(name: string, size: number): Promise<StoredRecord | null> {
    try {
      if (size > recordLimits.bytes) throw new WhenceError('storage', `It has ${size} bytes.`);
      const record = parseRecord(await readBounded(join(this.folder, name), recordLimits.bytes));
      if (record.id + recordEnding !== name)
        throw new WhenceError('storage', 'It has the name of another record.');
      return { record, anchors: await this.#readAnchors(record) };
    } catch (thrown) {
      const { code, message } = asWhenceError(thrown);
      // One that could not be read this time may be readable the next.
      const isDamaged = code === 'storage';
      const aside = `${name}.damaged`;
      this.log.warn(`${name} was ${isDamaged ? `set aside as ${aside}` : 'not read'}. ${message}`);
      if (!isDamaged) return null;
      await rename(join(this.folder, name), join(this.folder, aside)).catch(() => {});
      return null;
    }
  }

  async #readAnchors(record: WhenceRecord): Promise<Anchors | null> {
    try {
      const text = await readBounded(join(this.folder, record.id + anchorsEnding), recordLimits.bytes);
      return parseAnchors(text, record.tokens.length);
    } catch (thrown) {
      this.log.info(
        `The places of record ${record.id} are looked for anew: ${asWhenceError(thrown).message}`,
      );
      return null;
    }
  }

  #write(name: string, text: string): Promise<void> {
    return this.#inTurn(name, () => writeWhole(join(this.folder, name), text));
  }

  #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#writes.get(name) ?? Promise.resolve())
      .catch(() => {})
      .then(work)
      .catch((cause: unknown) => {
        throw unwritable(this.folder, cause);
      })
      .finally(() => {
        if (this.#writes.get(name) === done) this.#writes.delete(name);
      });
    this.#writes.set(name, done);
    return done;
  }
}

function idOf(name: string): string {
  return name.slice(0, -recordEnding.length);
}

function unwritable(folder: string, cause: unknown): WhenceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Records cannot be stored in ${folder} (${reason}). They are kept until the window closes; make the folder writable to keep them longer.`;
  return new WhenceError('storage', message, { cause });
}
