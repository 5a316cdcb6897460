/** Grows while numbers are put into it: whole numbers in as few bytes as they need, fractions in four. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written; shares memory with the writer. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A whole number that is not negative, seven bits a byte (LEB128). */
  count(value: number): void {
    this.#grow(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A fraction, rounded to single precision. */
  float(value: number): void {
    this.#grow(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  raw(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Text as JSON with nothing but ASCII in it, a byte a letter. */
  json(value: unknown): void {
    const text = JSON.stringify(value).replaceAll(
      /[^\0-\x7f]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    this.count(text.length);
    this.letters(text);
  }

  /** ASCII, a byte a letter. */
  letters(text: string): void {
    this.raw(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  }

  /** Numbers in a byte each, as shares of the largest of them by magnitude: exact to 1/254 of it. */
  scaled(values: readonly number[]): void {
    const scale = Math.fround(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    this.float(scale);
    this.raw(
      Uint8Array.from(values, (value) => (scale === 0 ? 0 : Math.round((value / scale) * scaledMost)) & 0xff),
    );
  }

  #grow(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

const scaledMost = 127;

/** Reads what a `ByteWriter` wrote. Every method throws `RangeError` for bytes that are not there or no such number. */
export class ByteReader {
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** At most `most`, so that no damaged number makes anybody reserve memory. */
  count(most: number): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#view.getUint8(this.at++);
      value += (byte & 0x7f) * factor;
      if (value > most) throw new RangeError(`A number is larger than ${most}.`);
      if (byte < 0x80) return value;
    }
  }

  float(): number {
    const value = this.#view.getFloat32(this.at, true);
    if (!Number.isFinite(value)) throw new RangeError('A number is not finite.');
    this.at += 4;
    return value;
  }

  raw(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('The bytes end early.');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** What `json` wrote, of at most so many letters. Throws `RangeError` for what is no JSON. */
  json(most: number): unknown {
    try {
      return JSON.parse(this.letters(this.count(most)));
    } catch (thrown) {
      if (thrown instanceof RangeError) throw thrown;
      throw new RangeError('A text is not JSON.');
    }
  }

  letters(length: number): string {
    return Array.from(this.raw(length), (byte) => String.fromCharCode(byte)).join('');
  }

  scaled(length: number): number[] {
    const scale = this.float();
    return Array.from(this.raw(length), (byte) => (((byte << 24) >> 24) * scale) / scaledMost);
  }
}
