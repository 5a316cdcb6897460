import { Tensor } from 'onnxruntime-node';
import { rotaryInputs } from '../compile/context';
import { type RotaryTable, rotaryRows } from '../compile/operations/rotary';
import type { Feeds } from './sessions';

/** The cosines and sines of rotary tables, kept as far as they were needed and fed without a copy. */
export class Positions {
  private readonly known = new Map<string, { length: number; cos: Float32Array; sin: Float32Array }>();

  /** The inputs for a run over the positions `from` up to `to`. */
  feeds(tables: readonly RotaryTable[], from: number, to: number): Feeds {
    const feeds: Record<string, Tensor> = {};
    for (const table of tables) {
      const { cos, sin } = this.rows(table, to);
      const names = rotaryInputs(table);
      const range = [from * table.width, to * table.width] as const;
      const dims = [to - from, 1, table.width];
      feeds[names.cos] = new Tensor('float32', cos.subarray(...range), dims);
      feeds[names.sin] = new Tensor('float32', sin.subarray(...range), dims);
    }
    return feeds;
  }

  private rows(table: RotaryTable, atLeast: number): { cos: Float32Array; sin: Float32Array } {
    const known = this.known.get(table.name);
    if (known && known.length >= atLeast) return known;
    const length = Math.max(atLeast, 2 * (known?.length ?? 64));
    const { cos, sin } = rotaryRows(table, 0, length);
    const rows = { length, cos: Float32Array.from(cos), sin: Float32Array.from(sin) };
    this.known.set(table.name, rows);
    return rows;
  }
}
