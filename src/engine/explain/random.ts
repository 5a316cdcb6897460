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

/** `count` different whole numbers from 0 to below `below`, in random order; all of them when there are not more. */
export function drawNumbers(below: number, count: number, random: () => number): number[] {
  // A shuffle from the front of a list of which only what was moved is kept.
  const moved = new Map<number, number>();
  return Array.from({ length: Math.min(below, count) }, (_, at) => {
    const picked = at + Math.floor(random() * (below - at));
    const number = moved.get(picked) ?? picked;
    moved.set(picked, moved.get(at) ?? at);
    return number;
  });
}
