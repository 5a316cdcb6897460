// What is asked of a model's index: whether there is one, what it knows of a part, and the names of all parts.

import { setImmediate } from 'node:timers/promises';
import { asWhenceError, cancelled } from '../../core/errors';
import { evidenceOf, infoOf, namedParts } from '../../core/partIndex/evidence';
import type { IndexFile } from '../../core/partIndex/read';
import type { IndexStatus } from '../../core/partIndex/status';
import type { FoundPart, NamedPart } from '../../core/partIndex/types';
import type { Model } from '../model';
import { begunAt, checkpointPlace } from './checkpoint';
import { indexOf, indexPlace } from './store';

export async function status(model: Model, storage: string | null): Promise<IndexStatus> {
  const begun = storage === null ? null : await begunAt(checkpointPlace(indexPlace(model, storage)));
  const paused =
    begun?.model === model.info.sha256
      ? { corpus: begun.request, done: begun.done, texts: begun.texts }
      : null;
  try {
    const file = await indexOf(model, storage);
    return { index: file && infoOf(file), begun: paused, problem: null };
  } catch (thrown) {
    return { index: null, begun: paused, problem: asWhenceError(thrown).message };
  }
}

/** Null where the model has no index. @throws WhenceError as `indexOf` and `evidenceOf` */
export async function partOf(model: Model, storage: string | null, part: string): Promise<FoundPart | null> {
  const file = await indexOf(model, storage);
  if (!file) return null;
  return {
    part: evidenceOf(file, part, (id) => model.tokenizer.textOf(id)),
    corpus: file.header.corpus,
  };
}

/** Parts whose names are found between two looks at whether the question was withdrawn. */
const atOnce = 500;

const found = new WeakMap<IndexFile, readonly NamedPart[]>();

/** Every part that has a name by rule; none where the model has no index. */
export async function namesOf(
  model: Model,
  storage: string | null,
  signal?: AbortSignal,
): Promise<readonly NamedPart[]> {
  const file = await indexOf(model, storage);
  if (!file) return [];
  const known = found.get(file);
  if (known) return known;
  const names: NamedPart[] = [];
  for (const part of namedParts(file, (id) => model.tokenizer.textOf(id))) {
    names.push(part);
    if (names.length % atOnce > 0) continue;
    await setImmediate();
    if (signal?.aborted) throw cancelled();
  }
  found.set(file, names);
  return names;
}
