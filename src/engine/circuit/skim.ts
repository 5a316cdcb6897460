import type { Inputs } from './inputs';
import type { Operating } from './operating';
import { dot } from './products';
import type { Read } from './reads';

/** Above so many possible sources a graph is thinned: a model of 135M parameters has 46,000 of them for each token. */
const mostSourcesWhole = 300_000;
/** Inputs of a node that are kept one by one where a graph is thinned. */
export const mostInputsThinned = 8192;
/** Positions that a head as a rule is left with. */
export const placesThinned = 12;
/** The share of what a head reads below which a position is not looked into. */
const leastShare = 0.002;

/** The share of the same below which a neuron counts for nothing by itself. */
const leastNeuron = 1e-5;

/** Whether a text and a model are too large together for every source to be looked at by itself. */
export function isThin({ basis }: Operating): boolean {
  return basis.size > mostSourcesWhole;
}

/**
 * Leaves out the positions where a head finds hardly anything, which are most of them. What comes from such a position is
 * known as a whole, since the stream there is the sum of its sources: it goes into the error of the layer before. Of the
 * others only those neurons are kept that give more than next to nothing.
 *
 * @returns the reads that are left
 */
export function skim(at: Operating, reads: readonly Read[], inputs: readonly Inputs[]): readonly Read[] {
  const strengths = reads.map(({ direction, position, below }) => {
    const width = direction.length;
    const stream = at.trace.residuals[below]!.data.subarray(position * width, (position + 1) * width);
    return Math.sqrt(dot(direction, 0, direction) * dot(stream, 0, stream));
  });
  const totals = new Map<number, number>();
  reads.forEach(({ part }, index) => {
    totals.set(part, (totals.get(part) ?? 0) + strengths[index]!);
  });
  return reads.flatMap((read, index) => {
    const { part, position, direction, below } = read;
    const total = totals.get(part)!;
    if (below === 0 || strengths[index]! >= leastShare * total)
      return [{ ...read, least: leastNeuron * total }];
    const amount = dot(at.trace.residuals[below]!.data, position * direction.length, direction);
    inputs[part]!.leave((below - 1) * at.basis.length + position, amount);
    return [];
  });
}
