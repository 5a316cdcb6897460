import { randomNumbers } from '../run/random';

/** Random numbers that depend on the seed alone: the same question is checked against the same random tokens. */
export function randomFrom(seed: readonly number[]): () => number {
  // FNV-1a folds the parts of the seed into one.
  return randomNumbers(seed.reduce((hash, part) => Math.imul(hash ^ part, 16777619), 2166136261 | 0));
}

/** `count` different items, in random order; all of them when there are not more. */
export function draw<T>(items: readonly T[], count: number, random: () => number): T[] {
  const pool = [...items];
  const drawn: T[] = [];
  while (drawn.length < count && pool.length > 0) {
    drawn.push(...pool.splice(Math.floor(random() * pool.length), 1));
  }
  return drawn;
}
