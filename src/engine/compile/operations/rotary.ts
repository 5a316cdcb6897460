import type { Wire } from '../emitter';
import type { Context, Operation } from '../stage';
import { type RotaryScaling, rotaryStrength, scaledFrequencies } from './rotaryScaling';

/** The angles of rotary positions (Su et al. 2021): what a graph is fed as cosines and sines. */
export interface RotaryTable {
  /** Tells tables of one model apart. */
  readonly name: string;
  /** How many of a head's dimensions turn; the rest pass unturned. */
  readonly width: number;
  /** Angle per position of each pair of dimensions, [width / 2], in a text of so many positions. */
  readonly frequencies: (length: number) => readonly number[];
  /** What cosines and sines are multiplied by. */
  readonly strength: number;
  /** Which dimensions form a pair: i and i + width/2, or 2i and 2i + 1. */
  readonly pairs: 'halves' | 'neighbours';
}

/** The table of angles θ^(−2i/width), scaled for long texts where a model does that. */
export function rotaryTable(
  name: string,
  width: number,
  theta: number,
  pairs: RotaryTable['pairs'],
  scaling: RotaryScaling = { kind: 'none' },
): RotaryTable {
  const frequencies = (length: number) => scaledFrequencies(width, theta, scaling, length);
  return { name, width, frequencies, strength: rotaryStrength(scaling), pairs };
}

/**
 * Cosines and sines of positions `from` up to `to`, each [to − from, width], laid out as the pairs are. The angle is
 * rounded to fp32 before its cosine is taken, again as the reference does.
 */
export function rotaryRows(
  { width, strength, pairs }: RotaryTable,
  frequencies: readonly number[],
  from: number,
  to: number,
): { cos: Float64Array; sin: Float64Array } {
  const cos = new Float64Array((to - from) * width);
  const sin = new Float64Array((to - from) * width);
  for (let position = from; position < to; position++) {
    for (let i = 0; i < width / 2; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      const row = (position - from) * width;
      const places = pairs === 'halves' ? [row + i, row + i + width / 2] : [row + 2 * i, row + 2 * i + 1];
      for (const place of places) {
        cos[place] = strength * Math.cos(angle);
        sin[place] = strength * Math.sin(angle);
      }
    }
  }
  return { cos, sin };
}

/** Turns the pairs of each head's dimensions by the position's angles: [B, S, n, d] to the same. */
export function rotary(table: RotaryTable): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => turn(c, table, x!, 1),
    // A rotation's transpose is the rotation back; a strength beside 1 is in cosines and sines both times.
    pull: (c, { cotangent }) => [turn(c, table, cotangent, -1)],
  };
}

function turn(c: Context, table: RotaryTable, x: Wire, direction: 1 | -1): Wire {
  const size = Number(x.dims.at(-1));
  const { cos, sin } = c.rotary(table, x.dims[1]!);
  const turning = table.width === size ? x : c.slice(x, -1, 0, table.width);
  const across =
    table.pairs === 'halves' ? quarterTurn(c, turning, direction) : neighbours(c, turning, direction);
  const turned = c.add(c.multiply(turning, cos), c.multiply(across, sin));
  return turning === x ? turned : c.concat([turned, c.slice(x, -1, table.width, size)], -1);
}

/** The halves (a, b) of the last dimension as (−b, a), or as (b, −a) for the way back. */
function quarterTurn(c: Context, x: Wire, direction: 1 | -1): Wire {
  const size = Number(x.dims.at(-1));
  const a = c.slice(x, -1, 0, size / 2);
  const b = c.slice(x, -1, size / 2, size);
  return c.concat(direction === 1 ? [c.unary('Neg', b), a] : [b, c.unary('Neg', a)], -1);
}

/** The same for neighbouring dimensions: each pair is a row of two. */
function neighbours(c: Context, x: Wire, direction: 1 | -1): Wire {
  const paired = c.reshape(x, [...x.dims.slice(0, -1), Number(x.dims.at(-1)) / 2, 2]);
  return c.reshape(quarterTurn(c, paired, direction), x.dims);
}
