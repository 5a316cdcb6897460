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
    const allowed = topK > 0 ? sorted(logits, candidates).slice(0, topK) : candidates;
    const kept = topP < 1 ? nucleus(logits, allowed, temperature, topP) : allowed;
    return kept[drawIndex(softmaxWeights(logits, kept, temperature), random())]!;
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

/** The fewest candidates that reach the share p of the probability, the most probable first. */
function nucleus(
  logits: Float32Array,
  candidates: readonly number[],
  temperature: number,
  p: number,
): readonly number[] {
  const weights = softmaxWeights(logits, candidates, temperature);
  const total = sum(weights);
  // Together, those below this weight have less than 1 − p: what is left reaches p, and is all there is to sort.
  const least = ((1 - p) * total) / candidates.length;
  const ordered = sorted(
    logits,
    candidates.filter((_, i) => weights[i]! >= least),
  );
  const largestFirst = softmaxWeights(logits, ordered, temperature);
  let reached = 0;
  let count = 0;
  while (count < ordered.length && reached < p * total) reached += largestFirst[count++]!;
  return ordered.slice(0, count);
}

/** The index at which the running sum of the weights passes `at` of its total. */
function drawIndex(weights: Float64Array, at: number): number {
  let left = at * sum(weights);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

function sum(weights: Float64Array): number {
  return weights.reduce((total, weight) => total + weight, 0);
}
