import type { Model } from '../../../src/engine/model';
import { loadModel } from '../../../src/engine/run/load';

/** The embedded model, as every user gets it. */
export const embeddedPath = 'models/whence-code';

let loaded: Promise<Model> | undefined;

/** The embedded model, loaded once for all tests of a file. */
export function embeddedModel(): Promise<Model> {
  loaded ??= loadModel(embeddedPath, { threads: 0 });
  return loaded;
}

/** A text as the model reads it: what the prompt format puts before it, then its tokens. */
export function read(model: Model, text: string, language: string | null = 'python'): number[] {
  return [...model.tokenizer.prefix(language), ...model.tokenizer.encode(text).map(({ id }) => id)];
}
