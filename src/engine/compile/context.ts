import { Emitter, type Precision, type Wire } from './emitter';
import type { Dim } from './onnx';
import type { RotaryTable } from './operations/rotary';
import type { Context } from './stage';
import type { Weights } from './weights';

/** Names of a table's inputs in a graph. */
export const rotaryInputs = (table: RotaryTable) => ({
  cos: `rotary.${table.name}.cos`,
  sin: `rotary.${table.name}.sin`,
});

/** The dimension of positions that are picked from all `S`, and the input that says which, as integers [picked]. */
export const pickedDim = 'picked';

/** The graph of a plain pass: positions 0 to S − 1, no cache. */
export class PlainContext extends Emitter implements Context {
  /** The rotary tables that were asked for: whoever runs the graph feeds them. */
  readonly tables = new Map<string, RotaryTable>();
  private readonly masks = new Map<string, Wire>();

  rotary(table: RotaryTable, along: Dim): { cos: Wire; sin: Wire } {
    this.tables.set(table.name, table);
    const rows = (name: string) => {
      const all = this.input(name, this.precision, ['S', 1, table.width]);
      return along === pickedDim ? this.pick(all) : all;
    };
    const { cos, sin } = rotaryInputs(table);
    return { cos: rows(cos), sin: rows(sin) };
  }

  /** A value at the picked positions alone; itself where it stands at none. */
  pick(x: Wire): Wire {
    const axis = x.dims.indexOf('S');
    if (axis < 0) return x;
    return this.node('Gather', [x, this.picked()], { axis }, x.type, x.dims.with(axis, pickedDim));
  }

  positions(ids: Wire): Wire {
    return this.range(this.size(ids, 1), ids.dims[1]!);
  }

  mask(scores: Wire, window: number | null): Wire {
    const key = `${window} ${scores.dims[2]}`;
    const known = this.masks.get(key);
    if (known) return known;
    const mask = this.barrier(this.distances(scores), window);
    this.masks.set(key, mask);
    return mask;
  }

  linearBias(scores: Wire, slopes: readonly number[]): Wire {
    const factors = slopes.map((slope) => this.reshape(this.number(-slope), [1, 1, 1]));
    return this.multiply(this.cast(this.distances(scores), this.precision), this.concat(factors, 0));
  }

  remember(_name: string, _rows: Wire): void {}

  cached(_rows: Wire): Wire | null {
    return null;
  }

  /** How far back each key lies from each query, [S, keys]; negative for later ones. */
  protected distances(scores: Wire): Wire {
    const [, , queries, keys] = scores.dims;
    const query = queries === pickedDim ? this.picked() : this.range(this.size(scores, 2), queries!);
    const key = this.range(this.size(scores, 3), keys!);
    return this.subtract(this.reshape(query, [queries!, 1]), key);
  }

  private picked(): Wire {
    return this.input(pickedDim, 'int64', [pickedDim]);
  }

  private barrier(distance: Wire, window: number | null): Wire {
    const later = this.binary('Less', distance, this.integer(0), 'bool');
    const hidden =
      window === null
        ? later
        : this.binary('Or', later, this.binary('GreaterOrEqual', distance, this.integer(window), 'bool'));
    return this.where(hidden, this.number(Number.NEGATIVE_INFINITY), this.number(0));
  }
}

/** Names of a cache's ends in a decode graph: what a run reads and the rows it adds. */
export const cacheEnds = (name: string) => ({ past: `past.${name}`, added: `added.${name}` });

/** The input of a decode graph that says how many positions of the cache are filled, [1]. */
export const pastLengthInput = 'past_length';

/**
 * The graph of a pass that continues from a cache. The cache has room for more positions than it holds; the graph reads
 * it in place and gives out only the new rows, so nothing of it is ever copied.
 */
export class CachedContext extends PlainContext {
  /** Names of what is cached with the shape of a row, [heads, size], in order. */
  readonly caches = new Map<string, { readonly heads: number; readonly size: number }>();
  private readonly pasts = new Map<string, Wire>();

  /** @param quantised whether matrices are multiplied as their file quantises them, where it does */
  constructor(
    weights: Weights,
    precision: Precision,
    private readonly quantised: boolean,
  ) {
    super(weights, precision);
  }

  override product(x: Wire, weight: string, shape: readonly number[], transposed: boolean): Wire {
    const packed = this.quantised && transposed ? this.weights.packed(weight) : null;
    return packed ? this.packedProduct(x, weight, packed) : super.product(x, weight, shape, transposed);
  }

  override positions(ids: Wire): Wire {
    return this.add(super.positions(ids), this.input(pastLengthInput, 'int64', [1]));
  }

  override remember(name: string, rows: Wire): void {
    const [batch, heads, , size] = rows.dims;
    this.caches.set(name, { heads: Number(heads), size: Number(size) });
    const { past, added } = cacheEnds(name);
    this.pasts.set(rows.name, this.input(past, this.precision, [batch!, heads!, 'room', size!]));
    this.output(added, rows);
  }

  override cached(rows: Wire): Wire | null {
    return this.pasts.get(rows.name) ?? null;
  }

  /**
   * Scores are over the whole room of the cache and then over this run's positions. Rows of the room that are not
   * filled count as later than every query.
   */
  protected override distances(scores: Wire): Wire {
    const queries = scores.dims[2];
    const past = this.input(pastLengthInput, 'int64', [1]);
    const added = this.size(scores, 2);
    const room = this.subtract(this.size(scores, 3), added);
    const slots = this.range(room, 'room');
    const filled = this.binary('Less', slots, past, 'bool');
    const own = this.add(this.range(added, queries!), past);
    const unreachable = this.add(past, added);
    const key = this.concat([this.where(filled, slots, unreachable), own], 0);
    return this.subtract(this.reshape(own, [queries!, 1]), key);
  }
}
