import { type Cursor, misread } from './cursor';
import type { PromptSource } from './syntax';

/** A text, or `from` and the path of a file with one. */
export function promptSource(cursor: Cursor, what: 'prompt' | 'control'): PromptSource {
  const kind = cursor.takes('from') ? 'file' : 'inline';
  const written = cursor.text(
    kind === 'file' ? 'the path of a text file' : `the ${what}, or “from” and a path,`,
  );
  if (written.value === '') misread(written, `The ${what} is empty, so there is nothing to continue.`);
  return { kind, ...written };
}
