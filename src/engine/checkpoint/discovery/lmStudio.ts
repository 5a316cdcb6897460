import { isAbsolute, join } from 'node:path';
import { configLimits, readJson, readText } from '../json';

/** A path in it says where LM Studio's home is; a longer file is none. */
const longestPath = 4096;

/**
 * The folders of LM Studio's models: `models` in every home it may have, among them the one that its pointer names, and the
 * folder for downloads that a home's settings name.
 */
export async function lmStudioFolders(home: string, usual: readonly string[]): Promise<readonly string[]> {
  const pointer = await readText(join(home, '.lmstudio-home-pointer'), configLimits, 'model-broken').catch(
    () => '',
  );
  const [pointed = ''] = pointer.trim().split('\n');
  const homes = pointed.length <= longestPath && isAbsolute(pointed) ? [pointed, ...usual] : usual;
  const folders: string[] = [];
  for (const place of homes) {
    folders.push(join(place, 'models'));
    const settings = await readJson(join(place, 'settings.json'), configLimits, 'model-broken').catch(
      () => ({}),
    );
    const chosen = 'downloadsFolder' in settings ? settings.downloadsFolder : null;
    if (typeof chosen === 'string' && isAbsolute(chosen)) folders.push(chosen);
  }
  return [...new Set(folders)];
}
