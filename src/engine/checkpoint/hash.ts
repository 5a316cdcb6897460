import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled } from '../../core/errors';
import { writeWhole } from '../partial';
import { unreadable } from './files';
import { readJson } from './json';

const chunkBytes = 1 << 20;
/** A hash with the path of its file; what is larger is none of ours. */
const entryLimits = { bytes: 1 << 16, depth: 1 };

/**
 * One SHA-256, as hex, over the names and SHA-256s of the files of a folder, in the order given; files that do not
 * exist are left out. Hashes are kept in `storage`, by real path, size and time of the last change, so that a model is
 * read through only once; a storage that cannot be read or written only costs that.
 */
export async function hashFiles(
  folder: string,
  names: readonly string[],
  storage: string | null,
  signal?: AbortSignal,
): Promise<string> {
  const all = createHash('sha256');
  for (const name of names) {
    const file = await realpath(join(folder, name)).catch(() => null);
    if (file !== null) all.update(`${name}\n${await hashFile(file, storage, signal)}\n`);
  }
  return all.digest('hex');
}

/** SHA-256 of one file, as hex, from `storage` where it is known. */
export async function hashFile(file: string, storage: string | null, signal?: AbortSignal): Promise<string> {
  const { size, mtimeMs } = await stat(file).catch((cause) => Promise.reject(unreadable(file, cause)));
  const key = createHash('sha256').update(file).digest('hex').slice(0, 32);
  const entry = storage === null ? null : join(storage, 'hashes', `${key}.json`);
  const known = entry === null ? null : await readEntry(entry);
  if (known?.file === file && known.size === size && known.mtimeMs === mtimeMs) return known.sha256;
  const sha256 = await digest(file, signal);
  const found: Entry = { file, size, mtimeMs, sha256 };
  if (entry !== null) await writeWhole(entry, JSON.stringify(found)).catch(() => undefined);
  return sha256;
}

async function digest(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
      if (signal?.aborted) throw cancelled();
      hash.update(chunk);
    }
  } catch (cause) {
    throw signal?.aborted ? cause : unreadable(file, cause);
  }
  return hash.digest('hex');
}

interface Entry {
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** Null where there is none, or none that was written here. */
async function readEntry(path: string): Promise<Entry | null> {
  const entry = (await readJson(path, entryLimits, 'storage').catch(() => null)) as Partial<Entry> | null;
  return /^[0-9a-f]{64}$/.test(String(entry?.sha256)) ? (entry as Entry) : null;
}
