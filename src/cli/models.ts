import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { WhenceError } from '../core/errors';
import type { FoundModel } from '../core/model';
import type { Model } from '../engine/model';
import { requireRuntime } from '../engine/server/runtime';
import type { Terminal } from './terminal';

/** The program is dist/cli.js, the embedded model lies beside dist. */
const embeddedModel = join(__dirname, '..', 'models', 'whence-code');

/** Every model that can be named on this machine, and those in the folders given. */
export async function foundModels(folders: readonly string[] = []): Promise<readonly FoundModel[]> {
  const { findModels } = await import('../engine/checkpoint/discovery');
  return findModels({ embedded: embeddedModel, folders: folders.map((folder) => resolve(folder)) });
}

interface OpenOptions {
  /** False for work on token ids alone. */
  readonly tokenizer?: boolean;
}

/**
 * Loads the model that `--model` means: a path, the name of a model found on this machine, or without it the embedded one.
 *
 * @throws WhenceError `model-missing` and whatever loading throws
 */
async function openModel(name: string | undefined, terminal: Terminal, options: OpenOptions): Promise<Model> {
  const path = name === undefined ? embeddedModel : await pathOf(name);
  await requireRuntime();
  terminal.progress(`Loading ${name ?? 'the embedded model'}`);
  const { loadModel } = await import('../engine/run/load');
  const progress = (done: number, total: number) =>
    terminal.progress(`Expanding ${name}: ${Math.round((100 * done) / total)}%`);
  const { note: warn } = terminal;
  return loadModel(path, { threads: 0, storage: cacheFolder(), progress, warn, ...options });
}

/** Runs with a model that is closed afterwards, whatever happens. */
export async function withModel<T>(
  name: string | undefined,
  terminal: Terminal,
  work: (model: Model) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const model = await openModel(name, terminal, options);
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}

async function pathOf(name: string): Promise<string> {
  if (existsSync(name)) return resolve(name);
  const found = await foundModels();
  const named = found.find(({ id }) => id === name);
  if (!named) {
    throw new WhenceError(
      'model-missing',
      `There is no folder or file ${name}, nor a model of that name on this machine: whence models lists what was found.`,
    );
  }
  if (named.problem) throw new WhenceError('model-unsupported', named.problem);
  return named.path;
}

/** Where what was measured once is kept between runs, by each system's habit. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'whence', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'whence');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'whence');
}

/** Most bytes that head scores may take there. */
export const cacheLimit = 64 * 1024 * 1024;
