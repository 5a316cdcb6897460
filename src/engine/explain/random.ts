/** Numbers in [0, 1) that depend on the seed alone: the same question is checked against the same random tokens. */
export function randomFrom(seed: readonly number[]): () => number {
  // FNV-1a over the seed, then mulberry32 (both public domain): enough for drawing positions, nothing more.
  let state = 2166136261;
  for (const part of seed) state = Math.imul(state ^ part, 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
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
