import type { Model } from '../model';
import { explain } from './explain';

/** A name twice, so that the heads have something to fetch, and more tokens than the check names. */
const text =
  'def area(width, height):\n    return width * height\n\n\ndef volume(width, height, depth):\n    return';
/** A larger model is not run unasked: that reads gigabytes, and its sessions are a small part of what a question takes. */
const mostParameters = 3e8;

/** Explains a few lines, so that the sessions of an explanation and its check are there when the first one is asked for. */
export async function rehearse(model: Model, signal: AbortSignal): Promise<void> {
  const { info, tokenizer } = model;
  if (info.parameters > mostParameters) return;
  const ids = [...tokenizer.prefix(null), ...tokenizer.encode(text).map(({ id }) => id)];
  const context = ids.slice(0, info.contextLength);
  const question = { ids: context, position: context.length, target: null, contrast: null, verify: true };
  await explain(model, question, { signal });
}
