/** What goes into one node: from which numbers of the basis, and how much. Grows while it is collected. */
export class Inputs {
  private from = new Int32Array(256);
  private amount = new Float32Array(256);
  private count = 0;
  /** Sums of what was left out, by layer and position as `place` numbers them. */
  readonly rest = new Map<number, number>();
  private restMagnitude = 0;

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
    for (const sum of this.rest.values()) total += sum;
    for (const weight of this.weights) total += weight;
    return total;
  }

  /** Σ of magnitudes of all that goes in. */
  magnitude(): number {
    let total = this.restMagnitude;
    for (const weight of this.weights) total += Math.abs(weight);
    return total;
  }

  /**
   * Ends the collecting: keeps the `most` strongest and gives back the memory that is not needed.
   *
   * @param place where what is left out of a source is summed up; null for what is never left out
   * @returns how many were left out
   */
  finish(most: number, place: (source: number) => number | null): number {
    const before = this.count;
    if (before > most) {
      const least = this.weights.map(Math.abs).sort()[before - most]!;
      this.count = 0;
      for (let i = 0; i < before; i++) {
        const [source, weight] = [this.from[i]!, this.amount[i]!];
        const at = Math.abs(weight) >= least ? null : place(source);
        if (at === null) this.add(source, weight);
        else {
          this.rest.set(at, (this.rest.get(at) ?? 0) + weight);
          this.restMagnitude += Math.abs(weight);
        }
      }
    }
    this.resize(this.count);
    return before - this.count;
  }

  private resize(size: number): void {
    const [from, amount] = [new Int32Array(size), new Float32Array(size)];
    from.set(this.sources);
    amount.set(this.weights);
    this.from = from;
    this.amount = amount;
  }
}
