import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureFolder } from './folder';

/** The name under which something is made before it is moved to its place; it says which process makes it. */
export function partialName(place: string): string {
  return `${place}.partial-${process.pid}-${randomUUID()}`;
}

/** Removes what processes that are gone, killed perhaps, have left half made in a folder. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const maker = /\.partial-(\d+)-/.exec(name)?.[1];
    if (maker !== undefined && !runs(Number(maker))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** Writes a file whole or not at all; its folder is made if need be. Bytes may come in pieces. */
export async function writeWhole(
  file: string,
  content: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  await ensureFolder(dirname(file));
  await removeAbandoned(dirname(file));
  const half = partialName(file);
  try {
    await writeFile(half, content);
    await rename(half, file);
  } finally {
    await rm(half, { force: true });
  }
}

/** Whether there is a process of this number. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
