import { WhenceError } from '../../core/errors';
import type { Sampling } from '../../core/generation';
import { randomNumbers } from './random';

/** Chooses one of the candidates by the logits [V]. */
export type Sampler = (logits: Float32Array, candidates: readonly number[]) => number;

/**
 * The sampler of a run: greedy at temperature 0, where the lowest id wins among equals; else the softmax at that
 * temperature, of the k most probable candidates (Fan et al. 2018), of those the fewest that reach probability p
 * (nucleus sampling, Holtzman et al. 2020). The same seed, logits and candidates give the same choices.
 *
 * @throws WhenceError `bad-argument` for settings outside their ranges
 */
export function createSampler({ temperature, topK, topP, seed }: Sampling): Sampler {
  require(temperature >= 0 && Number.isFinite(temperature), `temperature is ${temperature}: give 0 or more`);
  require(Number.isInteger(topK) && topK >= 0, `top-k is ${topK}: give a whole number, or 0 for all tokens`);
  require(topP > 0 && topP <= 1, `top-p is ${topP}: give a number above 0 and at most 1`);
  require(Number.isSafeInteger(seed) && seed >= 0, `seed is ${seed}: give a whole number, 0 or more`);
  if (temperature === 0) return mostProbable;
  const random = randomNumbers(seed);
  return (logits, candidates) => {
    const ordered = topK > 0 || topP < 1 ? sorted(logits, candidates) : candidates;
    const kept = topK > 0 ? ordered.slice(0, topK) : ordered;
    const weights = softmaxWeights(logits, kept, temperature);
    const count = topP < 1 ? nucleus(weights, topP) : kept.length;
    return kept[drawIndex(weights, count, random())]!;
  };
}

function require(holds: boolean, sentence: string): void {
  if (!holds) throw new WhenceError('bad-argument', `The ${sentence}.`);
}

function mostProbable(logits: Float32Array, candidates: readonly number[]): number {
  let best = candidates[0]!;
  for (const id of candidates) {
    const more = logits[id]! - logits[best]!;
    if (more > 0 || (more === 0 && id < best)) best = id;
  }
  return best;
}

/** The most probable first; among equals the lower id. */
function sorted(logits: Float32Array, candidates: readonly number[]): readonly number[] {
  return candidates.toSorted((a, b) => logits[b]! - logits[a]! || a - b);
}

/** Proportional to the probabilities, in float64; the largest is 1. */
function softmaxWeights(logits: Float32Array, ids: readonly number[], temperature: number): Float64Array {
  const largest = ids.reduce((most, id) => Math.max(most, logits[id]!), Number.NEGATIVE_INFINITY);
  return Float64Array.from(ids, (id) => Math.exp((logits[id]! - largest) / temperature));
}

/** How many of the weights, largest first, reach the share p of their sum. */
function nucleus(weights: Float64Array, p: number): number {
  const target = p * sum(weights, weights.length);
  let reached = 0;
  let count = 0;
  while (count < weights.length && reached < target) reached += weights[count++]!;
  return count;
}

/** The index among the first `count` weights at which their running sum passes `at` of its total. */
function drawIndex(weights: Float64Array, count: number, at: number): number {
  let left = at * sum(weights, count);
  for (let i = 0; i < count; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return count - 1;
}

function sum(weights: Float64Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  return total;
}
