/** What goes into one node: from which numbers of the basis, and how much. Grows while it is collected. */
export class Inputs {
  private from = new Int32Array(256);
  private amount = new Float32Array(256);
  private count = 0;
  private sums: Float64Array | null = null;
  private restMagnitude = 0;

  /** @param places how many there are of layer and position together */
  constructor(private readonly places: number) {}

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
    if (this.count === this.from.length) this.resize(2 * this.count);
    this.from[this.count] = source;
    this.amount[this.count] = weight;
    this.count += 1;
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
    this.sums ??= new Float64Array(this.places);
    this.sums[place]! += amount;
    this.restMagnitude += magnitude;
  }

  /**
   * Ends the collecting: keeps not more than the `most` strongest and gives back the memory that is not needed.
   *
   * @param place where what is left out of a source is summed up; null for what is never left out
   * @returns how many were left out
   */
  finish(most: number, place: (source: number) => number | null): number {
    const before = this.count;
    if (before > most) {
      const least = this.strengthOf(most);
      this.count = 0;
      for (let i = 0; i < before; i++) {
        const [source, weight] = [this.from[i]!, this.amount[i]!];
        const at = Math.abs(weight) > least ? null : place(source);
        if (at === null) this.add(source, weight);
        else this.leave(at, weight);
      }
    }
    this.resize(this.count);
    return before - this.count;
  }

  /** A magnitude above which there are not more than `most`, by counting magnitudes that share their leading bits. */
  private strengthOf(most: number): number {
    const bits = new Uint32Array(this.amount.buffer, 0, this.count);
    const counts = new Uint32Array(1 << 15);
    for (const each of bits) counts[(each & 0x7fffffff) >>> 16]! += 1;
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
