import { mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFolder } from '../folder';
import { partialName, removeAbandoned } from '../partial';

/** The folder for caches, made if need be; null, after a sentence to the log, when nothing can be written there. */
export async function openStorage(folder: string, log: (sentence: string) => void): Promise<string | null> {
  try {
    await ensureFolder(folder);
    // Permission bits say little on Windows and nothing of a full or read-only disk: only trying tells.
    await rmdir(await mkdtemp(partialName(join(folder, 'probe'))));
    await removeAbandoned(folder);
    return folder;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    log(
      `Whence cannot write to its storage folder (${reason}). Everything works, but what is usually kept is measured anew each time.`,
    );
    return null;
  }
}
