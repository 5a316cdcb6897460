const text = new TextEncoder();

/** Writes protocol-buffer messages: fields in the order they are given, nested messages by callback. */
export class ProtobufWriter {
  private buffer = new Uint8Array(256);
  private length = 0;

  /** A signed integer field (wire type 0); negative numbers take their 64-bit two's complement. */
  integer(field: number, value: number | bigint): void {
    this.tag(field, 0);
    this.varint(typeof value === 'number' && value >= 0 ? value : BigInt.asUintN(64, BigInt(value)));
  }

  /** A 32-bit floating point field (wire type 5). */
  float(field: number, value: number): void {
    this.tag(field, 5);
    this.reserve(4);
    new DataView(this.buffer.buffer).setFloat32(this.length, value, true);
    this.length += 4;
  }

  string(field: number, value: string): void {
    this.bytes(field, text.encode(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  message(field: number, write: (writer: ProtobufWriter) => void): void {
    const nested = new ProtobufWriter();
    write(nested);
    this.bytes(field, nested.finish());
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  private varint(value: number | bigint): void {
    this.reserve(10);
    let rest = value;
    while (typeof rest === 'bigint' && rest > 127n) {
      this.buffer[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    let small = Number(rest);
    while (small > 127) {
      this.buffer[this.length++] = (small % 128) | 128;
      small = Math.floor(small / 128);
    }
    this.buffer[this.length++] = small;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.buffer);
    this.buffer = grown;
  }
}
