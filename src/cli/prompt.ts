import { createReadStream } from 'node:fs';
import { WhenceError } from '../core/errors';
import { languageOfPath } from '../core/languages';

/** A prompt as it was given. */
export interface Prompt {
  readonly text: string;
  /** VS Code's language id; null for plain text. */
  readonly language: string | null;
}

/** A prompt larger than this is a mistake: no model reads so much. */
const largestPrompt = 64 * 1024 * 1024;

/**
 * Reads a prompt: a file, or standard input for `-`. The language decides what the prompt format puts before the text;
 * it is the one given, else the one the file's name tells, else none.
 *
 * @throws WhenceError `bad-argument` without a prompt, `bad-input` when it cannot be read as text
 */
export async function readPrompt(place: string | undefined, language: string | undefined): Promise<Prompt> {
  if (place === undefined) {
    throw new WhenceError(
      'bad-argument',
      'A prompt is needed: --prompt FILE, or --prompt - for standard input.',
    );
  }
  const name = place === '-' ? 'Standard input' : place;
  const text = decode(name, place === '-' ? await readAll(name, process.stdin) : await readFile(place));
  if (text === '') throw new WhenceError('bad-input', `${name} is empty: give some text as the prompt.`);
  if (language === 'none') return { text, language: null };
  return { text, language: language ?? languageOfPath(place) };
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await readAll(path, createReadStream(path));
  } catch (thrown) {
    if (thrown instanceof WhenceError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    throw new WhenceError('bad-input', `${path} ${reason}: give the path of a text file as the prompt.`, {
      cause: thrown,
    });
  }
}

async function readAll(name: string, stream: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestPrompt) throw tooLarge(name);
  }
  return Buffer.concat(chunks);
}

function decode(name: string, bytes: Uint8Array): string {
  if (bytes.includes(0)) {
    throw new WhenceError('bad-input', `${name} is binary, not text: give a text file as the prompt.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WhenceError('bad-input', `${name} is not UTF-8: convert it to UTF-8 first.`, { cause });
  }
}

function tooLarge(name: string): WhenceError {
  const megabytes = largestPrompt / 1024 / 1024;
  return new WhenceError(
    'bad-input',
    `${name} holds more than ${megabytes} MB: give the part that matters as the prompt.`,
  );
}
