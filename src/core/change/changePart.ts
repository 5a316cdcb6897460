import { WhenceError } from '../errors';
import type { ModelInfo } from '../model';
import { type Change, type ChangedPart, mostChanges } from './change';
import { partName, printChange } from './changeText';

/** What a model has of parts. */
export type ModelSize = Pick<ModelInfo, 'id' | 'layers' | 'heads' | 'neurons'>;

/**
 * Throws `bad-argument` where the model has no such part: the sentence says which it has. Hooks are the engine's to check,
 * as it knows their names.
 */
export function checkPart(part: ChangedPart, { id, layers, heads, neurons }: ModelSize): void {
  if (part.kind === 'hook') return;
  const name = partName(part);
  inRange(part.layer, layers, (range) => `${id} has no ${name}: its layers are ${range}`);
  if (part.kind === 'head') {
    inRange(part.head, heads, (range) => `${id} has no ${name}: the heads of a layer are ${range}`);
  }
  if (part.kind === 'mlp' || part.kind === 'neuron') {
    if (neurons === 0) throw missing(`${id} has no ${name}: it has no MLPs`);
  }
  if (part.kind === 'neuron') {
    inRange(part.neuron, neurons, (range) => `${id} has no ${name}: the neurons of a layer are ${range}`);
  }
}

/** Throws `bad-argument` for changes that no model could take, or that this one has no parts for. */
export function checkChanges(
  changes: readonly Change<string | { readonly name: string }>[],
  model: ModelSize,
): void {
  if (changes.length > mostChanges) {
    throw missing(`${changes.length} changes are more than the ${mostChanges} that can be made at a time`);
  }
  for (const change of changes) {
    checkPart(change.part, model);
    const { part, how } = change;
    const { kind } = how;
    if (part.kind === 'layer' && (kind === 'set' || kind === 'add' || kind === 'remove')) {
      throw missing(
        `${printChange(change)} would write into a layer's attention and its MLP: change blocks.${part.layer}.hook_resid_post, what leaves the layer`,
      );
    }
    if (kind === 'scale' && !Number.isFinite(how.factor))
      throw missing(`${printChange(change)} has no number`);
  }
}

function inRange(index: number, size: number, sentence: (range: string) => string): void {
  if (Number.isInteger(index) && index >= 0 && index < size) return;
  throw missing(sentence(size === 1 ? '0 alone' : `0 to ${size - 1}`));
}

function missing(sentence: string): WhenceError {
  return new WhenceError('bad-argument', `${sentence}.`);
}
