import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import type { CorpusRequest } from '../../core/partIndex/status';
import { fileSize } from '../checkpoint/files';
import { isObject } from '../checkpoint/json';
import { writeWhole } from '../partial';
import type { Corpus } from './corpus';
import type { IndexState } from './state';

/** Rises whenever what is measured changes: older checkpoints are begun anew. */
const version = 1;
/** The first line of a checkpoint is JSON: mostly the paths of folders. */
const longestLine = 1 << 16;

/** How far a job came that was paused or killed. */
export interface Begun {
  readonly model: string;
  readonly request: CorpusRequest;
  /** SHA-256 of the corpus as it was. */
  readonly corpus: string;
  /** Texts that were read, of so many. */
  readonly done: number;
  readonly texts: number;
}

/** Where a job keeps what it has measured so far, from where its index goes. */
export function checkpointPlace(out: string): string {
  return `${out}.begun`;
}

/** Keeps the state of a job: whole or not at all. */
export async function saveCheckpoint(
  place: string,
  model: string,
  request: CorpusRequest,
  corpus: Corpus,
  done: number,
  state: IndexState,
): Promise<void> {
  const begun: Begun = {
    model,
    request,
    corpus: corpus.described.sha256,
    done,
    texts: corpus.texts.length,
  };
  const line = `${JSON.stringify({ version, ...begun })}\n`;
  const bytes = state.arrays.map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  await writeWhole(place, [new TextEncoder().encode(line), ...bytes]);
}

/**
 * Puts back the state of a job on the same model and corpus, and gives how many texts were read. Null, with the state as
 * it was, where there is no such checkpoint, or none that is whole.
 */
export async function resumeCheckpoint(
  place: string,
  model: string,
  corpus: Corpus,
  state: IndexState,
): Promise<number | null> {
  const begun = await begunAt(place);
  const fits =
    begun?.model === model &&
    begun.corpus === corpus.described.sha256 &&
    begun.texts === corpus.texts.length &&
    begun.done <= begun.texts;
  if (!fits) return null;
  const expected = state.arrays.reduce((sum, { byteLength }) => sum + byteLength, begun.at);
  if ((await stat(place)).size !== expected) return null;
  const file = await open(place);
  try {
    let at = begun.at;
    for (const { buffer, byteOffset, byteLength } of state.arrays) {
      await readAll(file, new Uint8Array(buffer, byteOffset, byteLength), at);
      at += byteLength;
    }
  } finally {
    await file.close();
  }
  return begun.done;
}

/** What a checkpoint says of itself, and where its arrays begin; null where there is none of this version. */
export async function begunAt(place: string): Promise<(Begun & { readonly at: number }) | null> {
  if ((await fileSize(place)) === null) return null;
  const file = await open(place).catch(() => null);
  if (!file) return null;
  try {
    const start = new Uint8Array(longestLine);
    const { bytesRead } = await file.read(start, 0, longestLine, 0);
    const end = start.subarray(0, bytesRead).indexOf(0x0a);
    const value: unknown = JSON.parse(new TextDecoder().decode(start.subarray(0, Math.max(0, end))));
    if (!isObject(value) || value.version !== version || typeof value.done !== 'number') return null;
    return { ...(value as unknown as Begun), at: end + 1 };
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

export async function dropCheckpoint(place: string): Promise<void> {
  await rm(place, { force: true });
}

async function readAll(file: FileHandle, into: Uint8Array, from: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, from + done);
    if (bytesRead === 0) throw new Error('The checkpoint ended early.');
    done += bytesRead;
  }
}
