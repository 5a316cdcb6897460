import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { cancelled, WhenceError } from '../../core/errors';
import { languageOfPath } from '../../core/languages';

/** A file of a corpus. */
export interface CorpusFile {
  /** From the corpus's folder on, with `/` between folders. */
  readonly name: string;
  readonly path: string;
  readonly language: string;
}

/** Files beyond these are not read. */
const corpusLimits = {
  /** Files that are looked at. */
  files: 10_000,
  /** Bytes of a file: longer ones are data or made by programs. */
  bytes: 512 * 1024,
  /** Characters of a line on average: longer ones are written for machines. */
  lineLength: 200,
} as const;

/** Folders that hold what other people wrote, or programs made. */
const passedOver = new Set([
  'node_modules',
  'bower_components',
  'vendor',
  'third_party',
  'dist',
  'build',
  'out',
  'target',
  'coverage',
  '__pycache__',
  'site-packages',
]);

/** Text that stands for code is kept under names as `shelve.py.txt`, so that no tool takes it for code of its own. */
const textEnding = /\.txt$/;

/**
 * The files of code under folders, in an order that has nothing to do with their names, so that the first of them are a
 * sample of all. Hidden folders and those of other people's code are passed over.
 *
 * @throws WhenceError `bad-input` when there is none
 */
export async function corpusFiles(
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<readonly CorpusFile[]> {
  const found: CorpusFile[] = [];
  for (const folder of folders) {
    const root = resolve(folder);
    const prefix = folders.length > 1 ? `${basename(root)}/` : '';
    for await (const name of filesUnder(root, signal)) {
      if (found.length >= corpusLimits.files) break;
      const language = languageOfPath(name.replace(textEnding, ''));
      if (language === null) continue;
      found.push({ name: `${prefix}${name}`.replace(textEnding, ''), path: join(root, name), language });
    }
  }
  if (found.length === 0) {
    throw new WhenceError(
      'bad-input',
      `There is no code under ${folders.join(', ')}: name a folder with source files.`,
    );
  }
  const rank = new Map(found.map((file) => [file, createHash('sha256').update(file.name).digest('hex')]));
  return found.sort((a, b) => (rank.get(a)! < rank.get(b)! ? -1 : 1));
}

async function* filesUnder(root: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  if (!(await stat(root).catch(() => null))?.isDirectory()) {
    throw new WhenceError('bad-input', `There is no folder ${root}: name one that holds code.`);
  }
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    if (signal?.aborted) throw cancelled();
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory() && !passedOver.has(entry.name)) folders.push(name);
      else if (entry.isFile()) yield name;
    }
  }
}

/** The text of a file; null where it is too long, no text, or nothing that people write. */
export async function codeOf({ path }: CorpusFile): Promise<string | null> {
  const size = (await stat(path).catch(() => null))?.size ?? Number.POSITIVE_INFINITY;
  if (size > corpusLimits.bytes) return null;
  const bytes = await readFile(path).catch(() => null);
  if (!bytes || bytes.includes(0)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const lines = text.split('\n').length;
    return text.length > corpusLimits.lineLength * lines ? null : text;
  } catch {
    return null;
  }
}
