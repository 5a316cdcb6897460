import { stat } from 'node:fs/promises';
import { basename, dirname, sep } from 'node:path';
import { WhenceError } from '../../core/errors';

/**
 * What people call a model: its folder's or file's name; in the Hugging Face cache `organisation/name` for a snapshot, with what
 * follows for a folder or file in it.
 */
export function modelName(path: string): string {
  const parts = path.split(sep);
  const at = parts.findLastIndex((part) => part.startsWith('models--'));
  if (at < 0 || parts[at + 1] !== 'snapshots') return basename(path);
  const repository = parts[at]!.slice('models--'.length).replaceAll('--', '/');
  return [repository, ...parts.slice(at + 3)].join('/');
}

/** Whether there is a file (links followed), and how many bytes it has; null when there is none. */
export async function fileSize(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}

/** A failure of the file system as an error that a person can act on. */
export function unreadable(file: string, cause: unknown): WhenceError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const name = basename(file);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new WhenceError(
      'model-missing',
      `There is no \`${name}\` in \`${dirname(file)}\`. Fetch the model again, or choose another model.`,
      { cause },
    );
  }
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new WhenceError(
    'model-broken',
    `\`${name}\` cannot be read: ${reason}. Check the file \`${file}\`, or choose another model.`,
    { cause },
  );
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to',
  EPERM: 'you have no permission to',
  EISDIR: 'it is a folder',
  ELOOP: 'its links go round in a circle',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};
