import { WhenceError } from '../../../src/core/errors';
import type { Kind } from './kind';
import { models } from './models';
import { own } from './own';
import { places } from './places';
import { texts } from './texts';
import { tokenizers } from './tokenizers';

/** All kinds of foreign bytes that Whence reads. */
export const kinds: readonly Kind[] = [...models, ...tokenizers, ...places, ...texts, ...own];

/** What became of an attempt to read: `crash` is any error that is no sentence for a person. */
export interface Outcome {
  readonly outcome: 'read' | 'refused' | 'crash';
  readonly cause?: unknown;
}

export async function outcomeOf({ read }: Kind, folder: string): Promise<Outcome> {
  try {
    return { outcome: (await read(folder)) ? 'read' : 'refused' };
  } catch (cause) {
    if (cause instanceof WhenceError && cause.code !== 'internal') return { outcome: 'refused' };
    return { outcome: 'crash', cause };
  }
}
