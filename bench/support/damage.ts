const extremes = [0n, 1n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 0x7fffffffffffffffn, 0xffffffffffffffffn];

/** Uniform in [0, 1) (mulberry32). */
export function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A copy with a few bytes changed, cut, moved or put in, mostly where the header is. */
export function damaged(bytes: Buffer, header: number, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const place = () => (random() < 0.9 ? below(Math.min(header, bytes.length)) : below(bytes.length));
  const copy = Buffer.from(bytes);
  switch (below(6)) {
    case 0:
      return copy.subarray(0, random() < 0.5 ? place() : below(copy.length));
    case 1: {
      const at = Math.min(place(), copy.length - 8);
      copy.writeBigUInt64LE(extremes[below(extremes.length)]!, Math.max(0, at));
      return copy;
    }
    case 2: {
      const [from, to] = [place(), place()];
      copy.copyWithin(to, from, from + 1 + below(64));
      return copy;
    }
    case 3: {
      const at = place();
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.alloc(1 + below(16), below(256)),
        copy.subarray(at),
      ]);
    }
    case 4: {
      const at = place();
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + below(16))]);
    }
    default:
      for (let n = 1 + below(8); n > 0; n--) copy[place()] = below(256);
      return copy;
  }
}
