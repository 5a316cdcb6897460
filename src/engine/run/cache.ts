import { Tensor } from 'onnxruntime-node';
import { cacheEnds } from '../compile/context';
import type { DecodeGraph } from '../compile/graphs';
import type { Feeds } from './sessions';

/** The cache grows by this many positions at a time. */
const roomStep = 128;

/**
 * Keys and values of the positions so far, position after position. Graphs read them where they lie, and what a run adds it
 * writes behind the filled ones by itself.
 */
export class KeyValueCache {
  /** By name, [room, size of a row]. */
  private readonly rows = new Map<string, Float32Array>();

  /** For a run that adds `count` positions behind the `filled` ones: what it reads, and where its outputs lie by label. */
  ends(caches: DecodeGraph['caches'], filled: number, count: number): { reads: Feeds; writes: Feeds } {
    const reads: Record<string, Tensor> = {};
    const writes: Record<string, Tensor> = {};
    const end = filled + count;
    for (const [name, size] of caches) {
      const rows = this.withRoom(name, size, filled, end);
      const { all, added } = cacheEnds(name);
      reads[all] = new Tensor('float32', rows.subarray(0, end * size), [1, 1, end, size]);
      writes[added] = new Tensor('float32', rows.subarray(filled * size, end * size), [1, count, size]);
    }
    return { reads, writes };
  }

  private withRoom(name: string, size: number, filled: number, end: number): Float32Array {
    const rows = this.rows.get(name);
    if (rows && rows.length >= end * size) return rows;
    const grown = new Float32Array(Math.ceil(end / roomStep) * roomStep * size);
    if (rows) grown.set(rows.subarray(0, filled * size));
    this.rows.set(name, grown);
    return grown;
  }
}
