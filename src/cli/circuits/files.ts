import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WhenceError } from '../../core/errors';

/** The ending of a kind of file, and where its language is written down. */
interface Kind {
  readonly extension: string;
  readonly document: string;
}

export const circuitKind: Kind = { extension: '.circuit', document: 'docs/circuit-language.md' };
export const auditKind: Kind = { extension: '.audit', document: 'docs/audits.md' };

/** A folder tree with more files than this was not meant. */
const mostFiles = 10_000;

/**
 * The files of a kind that the arguments mean: files as they are named, folders with all that lies under them but for
 * `node_modules` and hidden folders; without arguments the current folder. Each once, sorted within a folder.
 *
 * @throws WhenceError `bad-input` when a path does not exist or no file was found
 */
export async function filesOf(
  { extension, document }: Kind,
  places: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const place of places.length === 0 ? ['.'] : places) {
    if (await isFolder(place, extension))
      for (const file of await filesUnder(place, extension)) found.add(file);
    else found.add(place);
  }
  if (found.size > 0) return [...found];
  throw new WhenceError(
    'bad-input',
    `There is no ${extension} file under ${places.length === 0 ? 'this folder' : places.join(', ')}: name one, or write one (${document}).`,
  );
}

async function isFolder(place: string, extension: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (cause) {
    throw new WhenceError(
      'bad-input',
      `There is no file or folder ${place}: give the path of a ${extension} file.`,
      { cause },
    );
  }
}

async function filesUnder(folder: string, extension: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    for (const entry of await readdir(current, { withFileTypes: true })) {
      const { name } = entry;
      if (entry.isDirectory()) {
        if (name !== 'node_modules' && !name.startsWith('.')) folders.push(join(current, name));
      } else if (entry.isFile() && name.endsWith(extension)) found.push(join(current, name));
      if (found.length > mostFiles) {
        throw new WhenceError(
          'bad-input',
          `${folder} holds more than ${mostFiles} ${extension} files: name some of them.`,
        );
      }
    }
  }
  return found.sort();
}
