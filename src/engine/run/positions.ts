import { Tensor } from 'onnxruntime-node';
import { rotaryInputs } from '../compile/context';
import { type RotaryTable, rotaryRows } from '../compile/operations/rotary';
import type { Feeds } from './sessions';

interface Rows {
  /** What they were computed with: some models change them with the length of the text. */
  readonly frequencies: readonly number[];
  readonly count: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** The cosines and sines of rotary tables, kept as far as they were needed and fed without a copy. */
export class Positions {
  private readonly known = new Map<string, Rows>();

  /** The inputs for a run over the positions `from` up to `to` of a text of `length`. */
  feeds(tables: readonly RotaryTable[], from: number, to: number, length = to): Feeds {
    const feeds: Record<string, Tensor> = {};
    for (const table of tables) {
      const { cos, sin } = this.rows(table, to, length);
      const names = rotaryInputs(table);
      const range = [from * table.width, to * table.width] as const;
      const dims = [to - from, 1, table.width];
      feeds[names.cos] = new Tensor('float32', cos.subarray(...range), dims);
      feeds[names.sin] = new Tensor('float32', sin.subarray(...range), dims);
    }
    return feeds;
  }

  private rows(table: RotaryTable, atLeast: number, length: number): Rows {
    const frequencies = table.frequencies(length);
    const known = this.known.get(table.name);
    const fits = known?.frequencies.every((frequency, i) => frequency === frequencies[i]) ?? false;
    if (known && fits && known.count >= atLeast) return known;
    const count = Math.max(atLeast, fits ? 2 * known!.count : 128);
    const { cos, sin } = rotaryRows(table, frequencies, 0, count);
    const rows = { frequencies, count, cos: Float32Array.from(cos), sin: Float32Array.from(sin) };
    this.known.set(table.name, rows);
    return rows;
  }
}
