import { WhenceError } from '../../core/errors';
import type { Tokenizer } from '../model';

/** Stands where a model was opened for work on token ids alone; whoever asks it for text gets the sentence. */
export function noTokenizer(): Tokenizer {
  return new Proxy({} as Tokenizer, {
    get() {
      throw new WhenceError(
        'tokenizer-mismatch',
        'The model was opened without its tokenizer, which this needs.',
      );
    },
  });
}
