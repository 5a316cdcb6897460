import assert from 'node:assert/strict';
import { WhenceError } from '../../../src/core/errors';

interface Entry {
  dtype: string;
  shape: unknown;
  data_offsets: unknown;
}

export const entry = (shape: unknown, begin: unknown, end: unknown, dtype = 'F32'): Entry => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** A file with this header and so many bytes of data. */
export function fileOf(header: unknown, data: number): Buffer {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), Buffer.alloc(data)]);
}

/** The error that `act` is refused with. */
export async function refusal(act: () => Promise<unknown>): Promise<WhenceError> {
  const thrown = await act().then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof WhenceError, String(thrown));
  return thrown;
}

/** Read by the format's own description, apart from the engine's reader and the command's writer. */
export function parseSafetensors(file: Buffer): Map<string, { shape: number[]; data: Float32Array }> {
  const length = Number(file.readBigUInt64LE(0));
  assert.equal(length % 8, 0);
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        assert.equal(dtype, 'F32');
        const bytes = Uint8Array.prototype.slice.call(file, 8 + length + start, 8 + length + end);
        return [name, { shape, data: new Float32Array(bytes.buffer) }];
      },
    ),
  );
}
