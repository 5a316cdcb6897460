import type { Inputs } from './inputs';
import type { Operating } from './operating';
import { dot } from './products';
import type { Read } from './reads';

/** Above so many possible sources a graph is thinned: a model of 135M parameters has 46,000 of them for each token. */
const mostSourcesWhole = 300_000;
/** Inputs of a node that are kept one by one where a graph is thinned. */
export const mostInputsThinned = 8192;
/** Inputs of a node that are collected at a time before the weakest are let go. */
export const collectedThinned = 4 * mostInputsThinned;
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
  const strengths = reads.map(({ direction, places, below }) => {
    const width = direction.length;
    const size = Math.sqrt(dot(direction, 0, direction));
    return places.map(({ position, factor }) => {
      const stream = at.trace.residuals[below]!.data.subarray(position * width, (position + 1) * width);
      return Math.abs(factor) * size * Math.sqrt(dot(stream, 0, stream));
    });
  });
  const totals = new Map<number, number>();
  reads.forEach(({ part }, index) => {
    totals.set(
      part,
      strengths[index]!.reduce((sum, strength) => sum + strength, totals.get(part) ?? 0),
    );
  });
  return reads.flatMap((read, index) => {
    const { part, direction, below } = read;
    const total = totals.get(part)!;
    const places = read.places.filter(({ position, factor }, place) => {
      if (below === 0 || strengths[index]![place]! >= leastShare * total) return true;
      const amount = factor * dot(at.trace.residuals[below]!.data, position * direction.length, direction);
      inputs[part]!.skip(position, (below - 1) * at.basis.length + position, amount);
      return false;
    });
    return places.length > 0 ? [{ ...read, places, least: leastNeuron * total }] : [];
  });
}
