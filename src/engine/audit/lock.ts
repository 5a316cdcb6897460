import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WhenceError } from '../../core/errors';
import { readText } from '../checkpoint/json';
import { ensureFolder } from '../folder';
import { runs } from '../partial';

/** Folders that this process has locked: another that had its number may have left a lock behind. */
const held = new Set<string>();

/**
 * Works with a folder, which is made if need be, as the only one on this machine to write a journal there. A lock that a
 * process left which is gone is taken over.
 *
 * @throws WhenceError `storage` where another has it, or where nothing can be written there
 */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const place = join(folder, 'journal.lock');
  await ensureFolder(folder).catch((cause) => Promise.reject(unwritable(place, cause)));
  if (!(await made(place)) && !((await takenOver(place)) && (await made(place)))) throw inUse(folder, place);
  held.add(place);
  try {
    return await work();
  } finally {
    held.delete(place);
    await rm(place, { force: true });
  }
}

/** Who holds a lock: a number means a process of one machine alone. */
const mine = () => `${process.pid} ${hostname()}`;

async function made(place: string): Promise<boolean> {
  try {
    await writeFile(place, mine(), { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(place, cause);
  }
}

/** A number and the name of a machine. */
const mostBytes = 1024;
const saidBy = (place: string) => readText(place, { bytes: mostBytes }, 'storage');

/** Removes a lock whose process is gone; false where there is none such. */
async function takenOver(place: string): Promise<boolean> {
  const said = await saidBy(place).catch(() => '');
  const [pid, machine] = said.split(' ');
  const gone = Number(pid) === process.pid ? !held.has(place) : !runs(Number(pid));
  if (!/^[1-9]\d*$/.test(pid!) || machine !== hostname() || !gone) return false;
  const aside = `${place}.${randomUUID()}`;
  try {
    await rename(place, aside);
  } catch {
    return false;
  }
  // Whoever else took it over a moment before gets it back.
  const stale = (await saidBy(aside)) === said;
  await (stale ? rm(aside) : rename(aside, place));
  return stale;
}

function inUse(folder: string, place: string): WhenceError {
  return new WhenceError(
    'storage',
    `Another audit is writing to ${folder}: wait for it, or give another folder with --out. If there is none, remove ${place}.`,
  );
}

function unwritable(place: string, cause: unknown): WhenceError {
  const { code } = cause as NodeJS.ErrnoException;
  return new WhenceError('storage', `${place} cannot be written (${code}): give another folder with --out.`, {
    cause,
  });
}
