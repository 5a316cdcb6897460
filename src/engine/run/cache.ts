import { Tensor } from 'onnxruntime-node';
import { cacheEnds } from '../compile/context';
import type { DecodeGraph } from '../compile/graphs';

/** The cache grows by this many positions at a time: unfilled ones cost a little in every step. */
const roomStep = 128;

/** What every position left behind at one place of the model: keys or values. */
interface Rows {
  readonly heads: number;
  readonly size: number;
  /** Positions that there is place for. */
  room: number;
  /** [heads, room, size]. */
  data: Float32Array;
}

/**
 * Keys and values of the positions so far. They lie here, and graphs are fed them without a copy: a run gives out only
 * the rows it adds.
 */
export class KeyValueCache {
  private readonly rows = new Map<string, Rows>();

  /** What a graph reads of the `filled` positions: with equal room everywhere, and none where nothing is filled. */
  feeds(caches: DecodeGraph['caches'], filled: number): Record<string, Tensor> {
    for (const [name, { heads, size }] of caches) {
      if (!this.rows.has(name)) this.rows.set(name, { heads, size, room: 0, data: new Float32Array(0) });
    }
    // A run that was given up may have made room in some places only.
    const room = Math.max(0, ...[...this.rows.values()].map((rows) => rows.room));
    const feeds: Record<string, Tensor> = {};
    for (const [name, { heads, size }] of caches) {
      const rows = this.rows.get(name)!;
      reserve(rows, room, filled);
      feeds[cacheEnds(name).past] =
        filled === 0
          ? new Tensor('float32', new Float32Array(0), [1, heads, 0, size])
          : new Tensor('float32', rows.data, [1, heads, room, size]);
    }
    return feeds;
  }

  /** Puts the rows [heads, count, size] that a run added behind the filled ones. */
  store(caches: DecodeGraph['caches'], added: ReadonlyMap<string, Tensor>, filled: number): void {
    for (const name of caches.keys()) {
      const rows = this.rows.get(name)!;
      const { dims, data } = added.get(cacheEnds(name).added)!;
      const count = dims[2]!;
      reserve(rows, filled + count, filled);
      for (let head = 0; head < rows.heads; head++) {
        const part = (data as Float32Array).subarray(
          head * count * rows.size,
          (head + 1) * count * rows.size,
        );
        rows.data.set(part, (head * rows.room + filled) * rows.size);
      }
    }
  }
}

function reserve(rows: Rows, positions: number, filled: number): void {
  if (positions <= rows.room) return;
  const { heads, size } = rows;
  const room = Math.ceil(positions / roomStep) * roomStep;
  const data = new Float32Array(heads * room * size);
  for (let head = 0; head < heads; head++) {
    const from = head * rows.room * size;
    data.set(rows.data.subarray(from, from + filled * size), head * room * size);
  }
  rows.data = data;
  rows.room = room;
}
