import type { Tensor } from '../tensor';
import type { Basis } from './basis';

/** What the parts of one kind hold at one place: `width` numbers each, one for a neuron. */
export interface Written {
  /** The number of the first in the basis; the others follow it. */
  readonly first: number;
  readonly count: number;
  readonly width: number;
  readonly values: Float32Array;
  /** Where those of the first begin in `values`. */
  readonly from: number;
  /** The place's number. */
  readonly place: number;
}

/** Who is told what goes into one node while the parts that write are walked along. */
export type Collects = Pick<Inputs, 'add' | 'addProducts'>;

/** An input that was summed up at a place and is to be known by itself. */
export interface Found {
  readonly source: number;
  readonly weight: number;
  readonly place: number;
}

/** Room for inputs at the beginning, where nobody knows how many there will be. */
const leastRoom = 256;

/** How many magnitudes begin with the same bits; one at a time uses it. */
const counts = new Uint32Array(1 << 15);

/** What goes into one node: from which numbers of the basis, and how much. Grows while it is collected. */
export class Inputs {
  private from: Int32Array;
  private amount: Float32Array;
  private count = 0;
  private sums: Float64Array | null = null;
  private restMagnitude = 0;
  private readonly skippedAt = new Map<number, number>();
  /** What is not above this is not among the strongest. */
  private floor = 0;
  private crowded = 0;

  /**
   * @param most how many are kept in the end
   * @param collected how many there may be before the weakest are let go; room for so many is taken at once
   */
  constructor(
    private readonly basis: Basis,
    private readonly most = Number.POSITIVE_INFINITY,
    private readonly collected = Number.POSITIVE_INFINITY,
  ) {
    const room = Number.isFinite(collected) ? collected : leastRoom;
    this.from = new Int32Array(room);
    this.amount = new Float32Array(room);
  }

  /** By place, the sum of what was left out there; null when nothing was. */
  get rest(): Float64Array | null {
    return this.sums;
  }

  get length(): number {
    return this.count;
  }

  get sources(): Int32Array {
    return this.from.subarray(0, this.count);
  }

  get weights(): Float32Array {
    return this.amount.subarray(0, this.count);
  }

  add(source: number, weight: number): void {
    if (weight === 0) return;
    this.makeRoom(1);
    this.from[this.count] = source;
    this.amount[this.count] = weight;
    this.count += 1;
  }

  /**
   * Adds what parts give along a row of directions: Σ value · direction · factor of each. What gives less than `least`, by
   * magnitude, is summed up at its place.
   */
  addProducts(written: Written, { data }: Tensor, row: number, factor: number, least: number): void {
    const { first, count, width, values, from: start, place } = written;
    this.makeRoom(count);
    const { from, amount } = this;
    // What could not be among the strongest any more need not be kept until the end.
    const bound = Math.max(least, this.floor);
    let along = row * count * width;
    let at = start;
    let end = this.count;
    let [left, magnitude] = [0, 0];
    for (let part = 0; part < count; part++) {
      let weight = factor * values[at]! * data[along]!;
      for (let i = 1; i < width; i++) weight += factor * values[at + i]! * data[along + i]!;
      at += width;
      along += width;
      const size = Math.abs(weight);
      if (size > bound) {
        from[end] = first + part;
        amount[end] = weight;
        end += 1;
      } else {
        left += weight;
        magnitude += size;
      }
    }
    this.count = end;
    if (magnitude > 0) this.leave(place, left, magnitude);
  }

  /** Σ of all that goes in, what was left out included. */
  total(): number {
    let total = 0;
    for (const sum of this.sums ?? []) total += sum;
    for (const weight of this.weights) total += weight;
    return total;
  }

  /** Σ of magnitudes of all that goes in. */
  magnitude(): number {
    let total = this.restMagnitude;
    for (const weight of this.weights) total += Math.abs(weight);
    return total;
  }

  /** Sums up at a place what is not kept source by source. */
  leave(place: number, amount: number, magnitude = Math.abs(amount)): void {
    this.sums ??= new Float64Array(this.basis.places);
    this.sums[place]! += amount;
    this.restMagnitude += magnitude;
  }

  /** Sums up at a place all that comes from a position; nothing of that is added. */
  skip(position: number, place: number, amount: number): void {
    this.skippedAt.set(position, place);
    this.leave(place, amount);
  }

  /** By position that was skipped, the place where it is summed up. */
  get skipped(): ReadonlyMap<number, number> {
    return this.skippedAt;
  }

  /** Takes inputs out of the sums of their places, after the collecting. */
  recover(found: readonly Found[]): void {
    this.resize(this.count + found.length);
    for (const { source, weight, place } of found) {
      this.leave(place, -weight, 0);
      this.from[this.count] = source;
      this.amount[this.count] = weight;
      this.count += 1;
    }
  }

  /**
   * Ends the collecting: keeps not more than the `most` strongest and gives back the memory that is not needed.
   *
   * @returns how many were left out because there were too many
   */
  finish(most = this.most): number {
    this.compact(most);
    this.resize(this.count);
    return this.crowded;
  }

  private makeRoom(count: number): void {
    if (this.count + count <= this.from.length) return;
    if (this.from.length >= this.collected) this.compact(this.most);
    while (this.count + count > this.from.length) this.resize(2 * this.from.length);
  }

  /** Leaves out all but the `most` strongest; what is no part of the model always stays. */
  private compact(most: number): void {
    const before = this.count;
    if (before <= most) return;
    this.floor = this.strengthOf(most);
    this.count = 0;
    for (let i = 0; i < before; i++) {
      const [source, weight] = [this.from[i]!, this.amount[i]!];
      const place = Math.abs(weight) > this.floor ? null : this.basis.placeOf(source);
      if (place !== null) this.leave(place, weight);
      else {
        this.from[this.count] = source;
        this.amount[this.count] = weight;
        this.count += 1;
      }
    }
    this.crowded += before - this.count;
  }

  /** A magnitude above which there are not more than `most`, by counting magnitudes that share their leading bits. */
  private strengthOf(most: number): number {
    const bits = new Uint32Array(this.amount.buffer, 0, this.count);
    counts.fill(0);
    for (let i = 0; i < bits.length; i++) counts[(bits[i]! & 0x7fffffff) >>> 16]! += 1;
    let above = 0;
    let bucket = counts.length - 1;
    while (bucket >= 0 && above + counts[bucket]! <= most) above += counts[bucket--]!;
    return bucket < 0 ? 0 : new Float32Array(Uint32Array.of((bucket << 16) | 0xffff).buffer)[0]!;
  }

  private resize(size: number): void {
    const [from, amount] = [new Int32Array(size), new Float32Array(size)];
    from.set(this.sources);
    amount.set(this.weights);
    this.from = from;
    this.amount = amount;
  }
}
