// Which model answers: the settings' words as a path.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';

/** The folder of the model that comes with the extension. */
export const embeddedModel = ['models', 'whence-code'] as const;

/**
 * The absolute path that `whence.model` means: the embedded model when it is empty, a path, or the name of a folder in
 * `whence.modelFolders`. A name that is found nowhere is looked for beside the embedded model, so that the engine says
 * that it is missing.
 */
export function modelPath(model: string, folders: readonly string[], extension: string): string {
  const wanted = model.trim();
  if (wanted === '') return join(extension, ...embeddedModel);
  const path = withHome(wanted);
  if (isAbsolute(path)) return path;
  const candidates = folders
    .map(withHome)
    .flatMap((folder) => (basename(folder) === wanted ? [folder] : [join(folder, wanted)]));
  return candidates.find((candidate) => existsSync(candidate)) ?? join(extension, 'models', wanted);
}

/** The user's model folders as absolute paths. */
export function modelFolders(folders: readonly string[]): readonly string[] {
  return folders.map((folder) => withHome(folder.trim())).filter((folder) => isAbsolute(folder));
}

function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
