import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashOf } from './hash';

/**
 * Writes a file under another name first, so that a crash leaves the old one or the new one; its folder is made if need
 * be. Two writes of one file must follow each other.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  await makeFolder(dirname(file));
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}

/** Writes a text of one line, as JSON is, so that `readSealed` knows whether it is whole. */
export function writeSealed(file: string, text: string): Promise<void> {
  return writeWhole(file, `${hashOf(text)}\n${text}`);
}

/** The last circuit that was shown, with its graph, is the largest of them. */
const mostSealedBytes = 256 * 2 ** 20;

/** Null for a file that is not there, or that is not as it was written. */
export async function readSealed(file: string): Promise<string | null> {
  const content = await readBounded(file, mostSealedBytes).catch(() => '');
  const [seal, text] = content.split('\n', 2);
  return text && hashOf(text) === seal ? text : null;
}

/**
 * The text of a file of at most so many bytes. Others may have put something else in its place: to open a pipe would wait
 * until somebody writes.
 *
 * @throws RangeError for what is no file or a larger one, and as `readFile` does
 */
export async function readBounded(file: string, bytes: number): Promise<string> {
  const found = await stat(file);
  if (found.isFile() && found.size <= bytes) return readFile(file, 'utf8');
  throw new RangeError(`${file} is no file of at most ${bytes} bytes.`);
}

/** Node's own `recursive` never returns in file systems that answer "no such file" to every attempt, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const make = () =>
    mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await make();
  });
}
