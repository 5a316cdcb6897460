import { WhenceError } from '../../core/errors';
import type { ModelInfo } from '../../core/model';
import { Basis } from './basis';

/** Bytes that what a trace holds for the whole text may take; what grows with the nodes is bounded by itself (trace.ts). */
const mostBytes = 1.5e9;
const float = 4;
const double = 8;

/** Values of each neuron that are held at each position: before, between and behind the gate. */
const valuesPerNeuron = 3;
/** Streams that are held at each position of each layer. */
const streamsPerLayer = 4;

type Sizes = Pick<ModelInfo, 'layers' | 'heads' | 'hiddenSize'> & { readonly neurons: number };

/**
 * Refuses a text for which the values that a trace holds would take too much memory: attention patterns grow with the
 * square of the length.
 *
 * @param sizes `neurons` of a layer
 * @throws WhenceError `bad-input`, with the length that is possible
 */
export function checkRoom(id: string, sizes: Sizes, length: number): void {
  if (bytesOf(sizes, length) <= mostBytes) return;
  let most = length;
  while (bytesOf(sizes, most) > mostBytes) most = Math.floor(most * 0.98);
  throw new WhenceError(
    'bad-input',
    `A circuit of ${id} can be traced over ${most} tokens, and ${length} come before this one: trace an earlier token, or shorten the text.`,
  );
}

function bytesOf({ layers, heads, hiddenSize, neurons }: Sizes, length: number): number {
  const patterns = float * layers * heads * length * length;
  const values = float * layers * length * (valuesPerNeuron * neurons + streamsPerLayer * hiddenSize);
  return patterns + values + double * new Basis(layers, heads, neurons, length).size;
}
