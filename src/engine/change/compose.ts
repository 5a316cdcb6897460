import { type Alteration, indicesOf, type Selection, type Values } from '../../core/change/change';
import { WhenceError } from '../../core/errors';
import type { Intervention } from '../model';
import { alignedDims } from '../run/check';
import type { Tensor } from '../tensor';
import type { Layout } from './sites';

/** A change at one hook with everything known: means and samples have become values. */
export interface SiteChange {
  readonly units: Selection;
  readonly positions: Selection;
  readonly how: Exclude<Alteration, { readonly kind: 'mean' | 'resample' }>;
}

/** Where the positions of a text are, and where those below 0 count from. */
export interface Extent {
  readonly length: number;
  /** Tokens of the prompt: the text without what was generated. */
  readonly prompt: number;
}

/**
 * The changes of every row at one hook as a single intervention: sets, factors and summands in their order become one
 * factor and one summand. What stands in `held` [1, …] is put in every row first. Dimensions in which nothing differs
 * stay 1.
 */
export function composed(
  hook: string,
  layout: Layout,
  rows: readonly (readonly SiteChange[])[],
  extent: Extent,
  held: Tensor | null = null,
): Intervention {
  const changes = rows.flat();
  if (held && changes.length === 0) return { hook, scale: nothing(layout), add: held };
  const written = held !== null || changes.some(({ how }) => how.kind === 'set' || how.kind === 'add');
  const everywhere = changes.every(
    ({ positions, how }) => positions === 'all' && !(valuesIn(how) && byPosition(layout, valuesIn(how)!)),
  );
  const whole = changes.every(({ units }) => units === 'all');
  const sizes = layout.sizes.with(0, rows.length);
  const perPosition = everywhere && !held ? sizes.with(layout.positionAxis, 1) : sizes;
  const scale = new Grid(layout, sized(layout, perPosition, whole), 1);
  const add = written ? new Grid(layout, perPosition, 0) : null;
  if (held && add) {
    scale.data.fill(0);
    for (let row = 0; row < rows.length; row++) add.data.set(held.data, row * held.data.length);
  }
  for (const [row, list] of rows.entries()) {
    for (const change of list) alter(hook, layout, { row, extent, scale, add }, change);
  }
  const removed = removals(hook, layout, rows, extent);
  const scaled = changes.some(({ how }) => how.kind !== 'add' && how.kind !== 'remove') || held;
  return {
    hook,
    ...(removed && { remove: removed }),
    ...(scaled && { scale: scale.tensor }),
    ...(add && { add: add.tensor }),
  };
}

/** Numbers over a hook's dimensions, of which some may be 1. */
class Grid {
  readonly data: Float32Array;
  private readonly strides: readonly number[];

  constructor(
    private readonly layout: Layout,
    private readonly dims: readonly number[],
    value: number,
  ) {
    this.data = new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(value);
    this.strides = stridesOf(dims);
  }

  get tensor(): Tensor {
    return { dims: this.dims, data: this.data };
  }

  /** How many indices an axis has, of which all mean the same when it is 1. */
  size(axis: number | null): number {
    return axis === null ? 1 : this.dims[axis]!;
  }

  at(row: number, position: number, unit: number, inner: number): number {
    const { positionAxis, unitAxis, innerAxis } = this.layout;
    const along = (axis: number, index: number) => (this.dims[axis] === 1 ? 0 : index * this.strides[axis]!);
    return (
      along(0, row) +
      along(positionAxis, position) +
      along(unitAxis, unit) +
      (innerAxis === null ? 0 : along(innerAxis, inner))
    );
  }
}

interface Cells {
  readonly row: number;
  readonly extent: Extent;
  readonly scale: Grid;
  readonly add: Grid | null;
}

function alter(
  hook: string,
  layout: Layout,
  { row, extent, scale, add }: Cells,
  { units, positions, how }: SiteChange,
): void {
  if (how.kind === 'remove') return;
  const values = valuesIn(how);
  const source = values ? new Source(hook, layout, values) : null;
  const chosen = indicesOf(units, layout.sizes[layout.unitAxis]!);
  const places = placesOf(positions, extent, source);
  const unitsOf = (grid: Grid) => (grid.size(layout.unitAxis) === 1 ? chosen.slice(0, 1) : chosen);
  const placesIn = (grid: Grid) => (grid.size(layout.positionAxis) === 1 ? places.slice(0, 1) : places);
  const factor = how.kind === 'scale' ? how.factor : how.kind === 'add' ? 1 : 0;
  for (const position of placesIn(scale)) {
    for (const unit of unitsOf(scale)) scale.data[scale.at(row, position, unit, 0)]! *= factor;
  }
  if (!add) return;
  const times = how.kind === 'add' ? how.times : 1;
  const constant = how.kind === 'set' || how.kind === 'add' ? how.value : 0;
  for (const position of placesIn(add)) {
    for (const unit of unitsOf(add)) {
      for (let inner = 0; inner < add.size(layout.innerAxis); inner++) {
        const at = add.at(row, position, unit, inner);
        const value = source ? source.at(position, unit, inner) : (constant as number);
        add.data[at] = add.data[at]! * factor + times * value;
      }
    }
  }
}

/** Values that are given for positions of their own reach no further than those. */
function placesOf(positions: Selection, extent: Extent, source: Source | null): number[] {
  const places = indicesOf(positions, extent.length, extent.prompt);
  const reach = source ? source.reach : 1;
  return reach === 1 ? places : places.filter((place) => place < reach);
}

/** Given values as the hook sees them. */
class Source {
  private readonly dims: readonly number[];
  private readonly grid: readonly number[];

  constructor(
    hook: string,
    private readonly layout: Layout,
    private readonly values: Values,
  ) {
    this.dims = alignedDims(values.dims, layout.rank);
    this.grid = stridesOf(this.dims);
    const fits = this.dims.every(
      (dim, axis) => dim === 1 || dim === layout.sizes[axis] || (axis === layout.positionAxis && dim > 0),
    );
    const whole = values.data.length === this.dims.reduce((product, dim) => product * dim, 1);
    if (this.dims.length === layout.rank && this.dims[0] === 1 && fits && whole) return;
    const shape = layout.sizes.slice(1).join(', ');
    throw new WhenceError(
      'bad-argument',
      `${values.name} has the shape [${values.dims.join(', ')}], which does not fit ${hook}: that is [${shape}] here.`,
    );
  }

  /** How many positions it speaks of; 1 for all alike. */
  get reach(): number {
    return this.dims[this.layout.positionAxis]!;
  }

  at(position: number, unit: number, inner: number): number {
    const { positionAxis, unitAxis, innerAxis } = this.layout;
    const along = (axis: number, index: number) => (this.dims[axis] === 1 ? 0 : index * this.grid[axis]!);
    const place = along(positionAxis, position) + along(unitAxis, unit);
    return this.values.data[place + (innerAxis === null ? 0 : along(innerAxis, inner))]!;
  }
}

/** Directions of length 1 where one is removed, zeros elsewhere; null where none is. */
function removals(
  hook: string,
  layout: Layout,
  rows: readonly (readonly SiteChange[])[],
  extent: Extent,
): Tensor | null {
  if (rows.flat().every(({ how }) => how.kind !== 'remove')) return null;
  const grid = new Grid(layout, layout.sizes.with(0, rows.length), 0);
  const size = layout.sizes.at(-1)!;
  const ofHeads = layout.innerAxis !== null;
  for (const [row, changes] of rows.entries()) {
    const taken = new Set<number>();
    for (const { how, units, positions } of changes) {
      if (how.kind !== 'remove') continue;
      const direction = unitVector(hook, size, how.direction);
      if (layout.overKeys || (!ofHeads && units !== 'all')) {
        throw refused(
          `A direction is removed from all of ${hook} or from its heads, not from single numbers`,
        );
      }
      const chosen = ofHeads ? indicesOf(units, layout.sizes[layout.unitAxis]!) : [0];
      for (const position of indicesOf(positions, extent.length, extent.prompt)) {
        for (const unit of chosen) {
          const from = grid.at(row, position, unit, 0);
          if (taken.has(from))
            throw refused(`Two directions are removed from ${hook} in one place: remove one`);
          taken.add(from);
          grid.data.set(direction, from);
        }
      }
    }
  }
  return grid.tensor;
}

function unitVector(hook: string, size: number, { name, dims, data }: Values): Float32Array {
  if (data.length !== size) {
    throw refused(
      `${name} has the shape [${dims.join(', ')}], but a direction at ${hook} has ${size} numbers`,
    );
  }
  const norm = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
  if (!(norm > 0 && Number.isFinite(norm))) throw refused(`${name} has no direction: its length is ${norm}`);
  return data.map((x) => x / norm);
}

function refused(sentence: string): WhenceError {
  return new WhenceError('bad-argument', `${sentence}.`);
}

function valuesIn(how: SiteChange['how']): Values | null {
  if (how.kind !== 'set' && how.kind !== 'add') return null;
  return typeof how.value === 'number' ? null : how.value;
}

function byPosition(layout: Layout, { dims }: Values): boolean {
  return (alignedDims(dims, layout.rank)[layout.positionAxis] ?? 1) !== 1;
}

/** Dimensions of a factor: 1 where it is the same for all. */
function sized(layout: Layout, sizes: readonly number[], whole: boolean): readonly number[] {
  return sizes.map((size, axis) => {
    if (axis === 0 || axis === layout.positionAxis) return size;
    return axis === layout.unitAxis && !whole ? size : 1;
  });
}

/** A factor of 0 for everything. */
function nothing({ rank }: Layout): Tensor {
  return { dims: Array<number>(rank).fill(1), data: Float32Array.of(0) };
}

function stridesOf(dims: readonly number[]): number[] {
  const strides = Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  return strides;
}
