import { halfToFloat } from './half';

/** How one of llama.cpp's block formats lays out its weights. */
export interface BlockFormat {
  readonly name: string;
  /** Weights in a block; rows are a multiple of it. */
  readonly weights: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Writes the weights of `count` blocks that begin at byte `at` into `out`, from index 0. */
  readonly expand: (source: Uint8Array, at: number, count: number, out: Float32Array) => void;
}

const { fround } = Math;

/**
 * The block-quantised types of ggml by their number in the file. Every product is rounded where the reference
 * implementation (the `gguf` package of llama.cpp) rounds it, so the weights are the same to the bit.
 */
export const blockFormats: ReadonlyMap<number, BlockFormat> = new Map([
  [2, { name: 'Q4_0', weights: 32, bytes: 18, expand: expandQ4_0 }],
  [3, { name: 'Q4_1', weights: 32, bytes: 20, expand: expandQ4_1 }],
  [6, { name: 'Q5_0', weights: 32, bytes: 22, expand: expandQ5_0 }],
  [7, { name: 'Q5_1', weights: 32, bytes: 24, expand: expandQ5_1 }],
  [8, { name: 'Q8_0', weights: 32, bytes: 34, expand: expandQ8_0 }],
  [10, { name: 'Q2_K', weights: 256, bytes: 84, expand: expandQ2_K }],
  [11, { name: 'Q3_K', weights: 256, bytes: 110, expand: expandQ3_K }],
  [12, { name: 'Q4_K', weights: 256, bytes: 144, expand: expandQ4_K }],
  [13, { name: 'Q5_K', weights: 256, bytes: 176, expand: expandQ5_K }],
  [14, { name: 'Q6_K', weights: 256, bytes: 210, expand: expandQ6_K }],
]);

function half(source: Uint8Array, at: number): number {
  return halfToFloat(source[at]! | (source[at + 1]! << 8));
}

function expandQ4_0(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 18) {
    const scale = half(source, at);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 2 + i]!;
      out[b * 32 + i] = scale * ((byte & 15) - 8);
      out[b * 32 + 16 + i] = scale * ((byte >> 4) - 8);
    }
  }
}

function expandQ4_1(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 20) {
    const scale = half(source, at);
    const least = half(source, at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 4 + i]!;
      out[b * 32 + i] = fround(scale * (byte & 15)) + least;
      out[b * 32 + 16 + i] = fround(scale * (byte >> 4)) + least;
    }
  }
}

function expandQ5_0(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 22) {
    const scale = half(source, at);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 6 + i]!;
      const low = (source[at + 2 + (i >> 3)]! >> (i & 7)) & 1;
      const high = (source[at + 4 + (i >> 3)]! >> (i & 7)) & 1;
      out[b * 32 + i] = scale * (((byte & 15) | (low << 4)) - 16);
      out[b * 32 + 16 + i] = scale * (((byte >> 4) | (high << 4)) - 16);
    }
  }
}

function expandQ5_1(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 24) {
    const scale = half(source, at);
    const least = half(source, at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = source[at + 8 + i]!;
      const low = (source[at + 4 + (i >> 3)]! >> (i & 7)) & 1;
      const high = (source[at + 6 + (i >> 3)]! >> (i & 7)) & 1;
      out[b * 32 + i] = fround(scale * ((byte & 15) | (low << 4))) + least;
      out[b * 32 + 16 + i] = fround(scale * ((byte >> 4) | (high << 4))) + least;
    }
  }
}

function expandQ8_0(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 34) {
    const scale = half(source, at);
    for (let i = 0; i < 32; i++) out[b * 32 + i] = scale * ((source[at + 2 + i]! << 24) >> 24);
  }
}

/** 16 runs of 16 weights of 2 bits; scale and minimum of a run are 4 bits each. */
function expandQ2_K(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 84) {
    const scale = half(source, at + 80);
    const minimum = half(source, at + 82);
    for (let run = 0; run < 16; run++) {
      const packed = source[at + run]!;
      const runScale = fround(scale * (packed & 15));
      const least = fround(minimum * (packed >> 4));
      const shift = ((run >> 1) & 3) * 2;
      const from = at + 16 + (run >> 3) * 32 + (run & 1) * 16;
      for (let i = 0; i < 16; i++) {
        out[b * 256 + run * 16 + i] = fround(runScale * ((source[from + i]! >> shift) & 3)) - least;
      }
    }
  }
}

/** 16 runs of 16 weights of 2 + 1 bits; the 6-bit scale of a run has its low and high bits in different bytes. */
function expandQ3_K(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 110) {
    const scale = half(source, at + 108);
    for (let run = 0; run < 16; run++) {
      const low = (source[at + 96 + (run & 7)]! >> (run >> 3 ? 4 : 0)) & 15;
      const high = (source[at + 104 + (run & 3)]! >> ((run >> 2) * 2)) & 3;
      const runScale = fround(scale * ((low | (high << 4)) - 32));
      const shift = ((run >> 1) & 3) * 2;
      const bits = at + 32 + (run >> 3) * 32 + (run & 1) * 16;
      const mask = at + (run & 1) * 16;
      for (let i = 0; i < 16; i++) {
        const lowBits = (source[bits + i]! >> shift) & 3;
        const highBit = (source[mask + i]! >> (run >> 1)) & 1;
        out[b * 256 + run * 16 + i] = runScale * (lowBits - (highBit ? 0 : 4));
      }
    }
  }
}

/** Scale and minimum, 6 bits each, of run 0 to 7 in the 12 bytes that Q4_K and Q5_K share. */
function packedScale(source: Uint8Array, at: number, run: number): number {
  if (run < 4) return source[at + run]! & 63;
  return (source[at + 4 + run]! & 15) | ((source[at + run - 4]! >> 2) & 48);
}

function packedMinimum(source: Uint8Array, at: number, run: number): number {
  if (run < 4) return source[at + 4 + run]! & 63;
  return (source[at + 4 + run]! >> 4) | ((source[at + run]! >> 2) & 48);
}

/** 8 runs of 32 weights of 4 bits. */
function expandQ4_K(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 144) {
    const scale = half(source, at);
    const minimum = half(source, at + 2);
    for (let run = 0; run < 8; run++) {
      const runScale = fround(scale * packedScale(source, at + 4, run));
      const least = fround(minimum * packedMinimum(source, at + 4, run));
      const from = at + 16 + (run >> 1) * 32;
      const shift = (run & 1) * 4;
      for (let i = 0; i < 32; i++) {
        out[b * 256 + run * 32 + i] = fround(runScale * ((source[from + i]! >> shift) & 15)) - least;
      }
    }
  }
}

/** As Q4_K, with a fifth bit of every weight in 32 bytes of their own. */
function expandQ5_K(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 176) {
    const scale = half(source, at);
    const minimum = half(source, at + 2);
    for (let run = 0; run < 8; run++) {
      const runScale = fround(scale * packedScale(source, at + 4, run));
      const least = fround(minimum * packedMinimum(source, at + 4, run));
      const from = at + 48 + (run >> 1) * 32;
      const shift = (run & 1) * 4;
      for (let i = 0; i < 32; i++) {
        const fifth = (source[at + 16 + i]! >> run) & 1;
        const weight = ((source[from + i]! >> shift) & 15) | (fifth << 4);
        out[b * 256 + run * 32 + i] = fround(runScale * weight) - least;
      }
    }
  }
}

/** 16 runs of 16 weights of 4 + 2 bits; the scale of a run is a signed byte. */
function expandQ6_K(source: Uint8Array, at: number, count: number, out: Float32Array): void {
  for (let b = 0; b < count; b++, at += 210) {
    const scale = half(source, at + 208);
    for (let run = 0; run < 16; run++) {
      const runScale = fround(scale * ((source[at + 192 + run]! << 24) >> 24));
      const group = run >> 1;
      const within = (run & 1) * 16;
      const lows = at + (group >> 2) * 64 + (group & 1) * 32 + within;
      const lowShift = (group & 2) * 2;
      const highs = at + 128 + (group >> 2) * 32 + within;
      const highShift = (group & 3) * 2;
      for (let i = 0; i < 16; i++) {
        const low = (source[lows + i]! >> lowShift) & 15;
        const high = (source[highs + i]! >> highShift) & 3;
        out[b * 256 + run * 16 + i] = runScale * ((low | (high << 4)) - 32);
      }
    }
  }
}
