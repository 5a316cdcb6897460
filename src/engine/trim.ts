import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the least recently used of a folder's files that `counts`, until the rest take at most `limit` bytes. */
export async function trimFolder(
  folder: string,
  limit: number,
  counts: (name: string) => boolean,
): Promise<void> {
  const names = (await readdir(folder)).filter(counts);
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
  files.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let total = 0;
  for (const { path, size } of files) {
    total += size;
    if (total > limit) await rm(path, { force: true });
  }
}
