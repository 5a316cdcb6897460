/** Values below the one and above the other power of two fall into the outermost steps. */
const lowest = -12;
const highest = 12;
/** Steps of an octave, 1 to 1.5 and 1.5 to 2: the two that the first bit of a float's fraction tells apart. */
const perOctave = 2;
const steps = (highest - lowest) * perOctave;
/** The number of the lowest step as the high bits of a float have it: exponent and one bit of the fraction. */
const lowestBits = (lowest + 127) * perOctave;

/** A value within three octaves of the extreme is active: an eighth of it, as far as steps tell. */
const activeSteps = 3 * perOctave;

/** All steps from the most negative to the most positive. */
const ordered = Array.from({ length: 2 * steps }, (_, rank) =>
  rank < steps ? { side: 1, step: steps - 1 - rank } : { side: 0, step: rank - steps },
);

/** How often values of many slots were how large, by sign and half octave. */
export class Histograms {
  readonly counts: Uint32Array;

  constructor(slots: number) {
    this.counts = new Uint32Array(slots * 2 * steps);
  }

  /** Takes in one value, given as the bits of a float. */
  add(slot: number, bits: number): void {
    const side = bits >>> 31;
    this.counts[(slot * 2 + side) * steps + stepOf(bits)]!++;
  }

  /** How many values of one sign are within three octaves of the extreme, which has that sign. */
  active(slot: number, extreme: number): number {
    floats[0] = extreme;
    const from = Math.max(0, stepOf(bitsOfFloats[0]!) - activeSteps);
    const side = extreme < 0 ? 1 : 0;
    let count = 0;
    for (let step = from; step < steps; step++) count += this.counts[(slot * 2 + side) * steps + step]!;
    return count;
  }

  /** The value below which a share of all lies: the middle of its step, 0 in the lowest. */
  quantile(slot: number, share: number): number {
    const at = (rank: number) => this.counts[(slot * 2 + ordered[rank]!.side) * steps + ordered[rank]!.step]!;
    let all = 0;
    for (let rank = 0; rank < ordered.length; rank++) all += at(rank);
    let passed = 0;
    for (const [rank, { side, step }] of ordered.entries()) {
      passed += at(rank);
      if (passed >= share * all && passed > 0) return (side === 1 ? -1 : 1) * middleOf(step);
    }
    return 0;
  }
}

const floats = new Float32Array(1);
const bitsOfFloats = new Uint32Array(floats.buffer);

function stepOf(bits: number): number {
  const step = ((bits & 0x7fffffff) >>> 22) - lowestBits;
  return step < 0 ? 0 : step >= steps ? steps - 1 : step;
}

function middleOf(step: number): number {
  if (step === 0) return 0;
  const octave = 2 ** (lowest + Math.floor(step / perOctave));
  const [from, to] = step % perOctave === 0 ? [1, 1.5] : [1.5, 2];
  return octave * Math.sqrt(from * to);
}
