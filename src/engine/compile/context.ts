import { Emitter, type Wire } from './emitter';
import type { DecodeRequest } from './graphs';
import type { Dim } from './onnx';
import type { RotaryTable } from './operations/rotary';
import type { Axis, Context } from './stage';
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
  readonly fuses: boolean = false;

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

  mask(queries: Axis, keys: Axis, window: number | null): Wire {
    return this.barrier(this.distances(queries, keys), window);
  }

  linearBias(queries: Axis, keys: Axis, slopes: readonly number[]): Wire {
    const factors = slopes.map((slope) => this.reshape(this.number(-slope), [1, 1, 1]));
    const distances = this.cast(this.distances(queries, keys), this.precision);
    return this.multiply(distances, this.concat(factors, 0));
  }

  remember(_name: string, rows: Wire): Wire {
    return rows;
  }

  /** Where queries stand in the text, as integers. */
  protected places(queries: Axis): Wire {
    const dim = queries.of.dims[queries.axis]!;
    return dim === pickedDim ? this.picked() : this.indices(queries);
  }

  /** The integers from 0 up to a dimension's size. */
  protected indices({ of, axis }: Axis): Wire {
    return this.range(this.size(of, axis), of.dims[axis]!);
  }

  /** How far back each key lies from each query, [queries, keys]; negative for later ones. */
  private distances(queries: Axis, keys: Axis): Wire {
    const column = this.reshape(this.places(queries), [queries.of.dims[queries.axis]!, 1]);
    return this.subtract(column, this.indices(keys));
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

/** Names of a cache's ends in a decode graph: the rows of all positions that it reads, and those of this run that it gives. */
export const cacheEnds = (name: string) => ({ all: `all.${name}`, added: `added.${name}` });

/** The input of a decode graph that says how many positions of the cache are filled, [1]. */
export const pastLengthInput = 'past_length';

/** The dimension of all positions so far: those of the cache, then this run's. */
const allDim = 'all';

/**
 * The graph of a pass that continues from a cache. The rows that a run adds are written into the cache's own memory, behind
 * the filled ones, and read from there together with them: nothing of it is ever copied.
 */
export class CachedContext extends PlainContext {
  /** Names of what is cached with the size of a row, in order. */
  readonly caches = new Map<string, number>();
  override readonly fuses: boolean;

  constructor(
    weights: Weights,
    private readonly options: Pick<DecodeRequest, 'quantised'> & { readonly fuses: boolean },
  ) {
    super(weights);
    this.fuses = options.fuses;
  }

  override product(x: Wire, weight: string, shape: readonly number[], transposed: boolean): Wire {
    const packed = this.options.quantised && transposed ? this.weights.packed(weight) : null;
    return packed ? this.packedProduct(x, weight, packed) : super.product(x, weight, shape, transposed);
  }

  override positions(ids: Wire): Wire {
    return this.add(super.positions(ids), this.past());
  }

  override remember(name: string, rows: Wire): Wire {
    const [batch, positions, heads, size] = rows.dims as [1, Dim, number, number];
    this.caches.set(name, heads * size);
    const { all, added } = cacheEnds(name);
    const flat = this.reshape(rows, [batch, positions, heads * size]);
    this.output(added, flat);
    // What is read here was written by that output, which the runtime cannot know: it is made to wait by taking the axis to
    // drop, 1, from the output's shape, whose first size is that of the batch.
    const memory = this.input(all, this.precision, [1, batch, allDim, heads * size]);
    const axis = this.node('Shape', [flat], { start: 0, end: 1 }, 'int64', [1]);
    const read = this.node('Squeeze', [memory, axis], {}, this.precision, [batch, allDim, heads * size]);
    return this.reshape(read, [batch, allDim, heads, size]);
  }

  protected override places(queries: Axis): Wire {
    return this.add(this.indices(queries), this.past());
  }

  private past(): Wire {
    return this.input(pastLengthInput, 'int64', [1]);
  }
}
