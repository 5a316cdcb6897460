import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { WhenceError } from '../../core/errors';
import { indexLimits } from '../../core/partIndex/format';
import { checkOwner } from '../../core/partIndex/owner';
import { IndexFile } from '../../core/partIndex/read';
import type { Model } from '../model';

/** Under which name an index lies in a model's folder; beside a file it has the file's name and this ending. */
export const indexFileName = 'index.whix';
const ending = '.whix';

/** Where the indexes are that were made on this machine. */
export function indexFolder(storage: string): string {
  return join(storage, 'indexes');
}

/** Where the index of a model is kept that was made on this machine. */
export function indexPlace(model: Model, storage: string): string {
  return join(indexFolder(storage), `${model.info.sha256}.whix`);
}

/** What was read is kept as long as its model; the file's time tells whether another one has taken its place. */
const read = new WeakMap<Model, { readonly stamp: string; readonly file: IndexFile }>();

/**
 * The index of a model: the one made on this machine, else the one that came with the model; null where there is none.
 *
 * @throws WhenceError `bad-input` for a damaged file or that of another model, `storage` for one that cannot be read
 */
export async function indexOf(model: Model, storage: string | null): Promise<IndexFile | null> {
  const own = storage === null ? [] : [indexPlace(model, storage)];
  const { path } = model.info;
  for (const place of [...own, join(path, indexFileName), `${path}${ending}`]) {
    const found = await stat(place).catch(() => null);
    if (!found?.isFile()) continue;
    const stamp = `${place} ${found.size} ${found.mtimeMs}`;
    const known = read.get(model);
    if (known?.stamp === stamp) return known.file;
    const file = await readIndex(place);
    checkOwner(file, model.info);
    read.set(model, { stamp, file });
    return file;
  }
  return null;
}

/** An index of this size would not have come from Whence. */
const largestFile = 128 << 20;

/**
 * Reads an index file, of whatever model.
 *
 * @throws WhenceError `bad-input` for what is no index or damaged, `storage` for a file that cannot be read
 */
export async function readIndex(place: string): Promise<IndexFile> {
  const packed = await readPacked(place);
  try {
    return new IndexFile(await promisify(gunzip)(packed, { maxOutputLength: indexLimits.bytes }));
  } catch (cause) {
    if (cause instanceof WhenceError) throw cause;
    const message = `${place} is no index of a model, or damaged: make it again, with whence index.`;
    throw new WhenceError('bad-input', message, { cause });
  }
}

async function readPacked(place: string): Promise<Uint8Array> {
  try {
    const found = await stat(place);
    if (found.isFile() && found.size <= largestFile) return await readFile(place);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new WhenceError('storage', `${place} cannot be read (${code}): give the path of an index file.`, {
      cause,
    });
  }
  const megabytes = largestFile / 2 ** 20;
  throw new WhenceError(
    'bad-input',
    `${place} is no file, or larger than ${megabytes} MB, so it is no index of Whence's.`,
  );
}
