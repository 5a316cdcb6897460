import { WhenceError } from '../errors';
import type { ModelIdentity } from '../model';
import type { IndexFile } from './read';

/**
 * An index says nothing about another model than the one it was measured on, not even about the same one trained on.
 *
 * @throws WhenceError `bad-input` when the two differ
 */
export function checkOwner({ header }: IndexFile, { id, sha256 }: ModelIdentity): void {
  if (header.model.sha256 === sha256) return;
  const other =
    header.model.id === id
      ? `other files of ${id} (they have changed since)`
      : `the model ${header.model.id}`;
  throw new WhenceError(
    'bad-input',
    `This index was made of ${other} and says nothing about ${id}: make it again, with whence index or Whence: Index This Model.`,
  );
}
