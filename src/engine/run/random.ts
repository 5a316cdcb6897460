/** Random numbers in [0, 1), with 53 bits, that depend on the seed alone: any whole number. */
export function randomNumbers(seed: number): () => number {
  const low = splitMix(seed);
  const next = xoshiro(Int32Array.from({ length: 4 }, splitMix(low() ^ Math.floor(seed / 2 ** 32))));
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/** xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021): unsigned, of 32 bits. */
export function xoshiro(state: Int32Array): () => number {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** Spreads a seed over a state: SplitMix with 32 bits (after Steele, Lea and Flood 2014), never all zeros. */
function splitMix(seed: number): () => number {
  let sum = seed | 0;
  return () => {
    sum = (sum + 0x9e3779b9) | 0;
    let mixed = Math.imul(sum ^ (sum >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
