import { blockHooks } from '../explain/trace';
import { constantsName } from '../model';
import type { Part } from './basis';
import type { Operating } from './operating';
import { dot } from './products';

/** A position that is read, and how much of the direction is read there. */
export interface Place {
  readonly position: number;
  readonly factor: number;
}

/** What a part reads from the residual stream: a direction, at one position or in some measure at several. */
export interface Read {
  /** Which of the parts. */
  readonly part: number;
  readonly places: readonly Place[];
  /** [D] */
  readonly direction: Float32Array;
  /** Everything that writes into the stream before this layer is read… */
  readonly below: number;
  /** …and the heads of this layer as well. */
  readonly withHeads: boolean;
  /** What gives less, by magnitude, is summed up at its place. */
  readonly least: number;
}

export interface Reads {
  readonly reads: readonly Read[];
  /** By part: what goes in whatever the text is, biases of its own matrices and norms. */
  readonly constants: Float64Array;
}

/**
 * The directions that parts read, in the model made affine at this text. A gated neuron reads half through each of its
 * branches, an ungated one through its input matrix; a head reads at every position it looks at, through its value
 * matrix and the direction in which the metric grows with what it hands on.
 *
 * @param gradients by layer, the metric's modified gradient at `hook_z`, [1, S, H, d]
 */
export async function readsOf(
  at: Operating,
  parts: readonly Part[],
  gradients: readonly Float32Array[],
  signal?: AbortSignal,
): Promise<Reads> {
  const reads: Read[] = [];
  const constants = new Float64Array(parts.length);
  for (const group of groupsOf(parts)) {
    const { kind } = parts[group[0]!]!;
    const found =
      kind === 'neuron'
        ? neuronReads(at, parts, group, signal)
        : headReads(at, parts, group, gradients, signal);
    const { constants: sums, ...rest } = await found;
    reads.push(...rest.reads);
    group.forEach((part, row) => {
      constants[part]! += sums[row]!;
    });
  }
  return { reads, constants };
}

/** The parts of one kind in one layer. */
function groupsOf(parts: readonly Part[]): Iterable<readonly number[]> {
  const groups = new Map<string, number[]>();
  parts.forEach(({ kind, layer }, part) => {
    const key = `${kind} ${layer}`;
    groups.set(key, [...(groups.get(key) ?? []), part]);
  });
  return groups.values();
}

interface GroupReads {
  readonly reads: readonly Read[];
  readonly constants: Float32Array;
}

/** Neurons of one layer. */
async function neuronReads(
  at: Operating,
  parts: readonly Part[],
  group: readonly number[],
  signal: AbortSignal | undefined,
): Promise<GroupReads> {
  const { layer } = parts[group[0]!]!;
  const { neurons } = at.basis;
  const data = new Float32Array(group.length * neurons);
  group.forEach((part, row) => {
    data[row * neurons + parts[part]!.index] = 1;
  });
  const reader = at.mlpReads(layer);
  const pulled = await at.model.pull({
    residual: at.trace.residuals[layer]!,
    from: at.neuronHook(layer),
    cotangents: { dims: [group.length, 1, neurons], data },
    positions: group.map((part) => parts[part]!.position),
    linearisation: 'secant',
    hooks: [reader],
    values: at.trace.hooks,
    signal,
  });
  const directions = pulled.get(reader)!.data;
  const size = directions.length / group.length;
  const reads = group.map((part, row) => ({
    part,
    places: [{ position: parts[part]!.position, factor: 1 }],
    direction: directions.subarray(row * size, (row + 1) * size),
    below: layer,
    withHeads: !at.parallel,
    least: 0,
  }));
  return { reads, constants: pulled.get(constantsName)!.data };
}

/** Heads of one layer. */
async function headReads(
  at: Operating,
  parts: readonly Part[],
  group: readonly number[],
  gradients: readonly Float32Array[],
  signal: AbortSignal | undefined,
): Promise<GroupReads> {
  const { layer } = parts[group[0]!]!;
  const { heads, length } = at.basis;
  const gradient = gradients[layer]!;
  const headSize = gradient.length / (length * heads);
  const row = length * heads * headSize;
  const data = new Float32Array(group.length * row);
  group.forEach((part, index) => {
    const from = (parts[part]!.position * heads + parts[part]!.index) * headSize;
    data.set(gradient.subarray(from, from + headSize), index * row + from);
  });
  const reader = blockHooks.input(layer);
  const pulled = await at.model.pull({
    residual: at.trace.residuals[layer]!,
    from: blockHooks.z(layer),
    cotangents: { dims: [group.length, length, heads, headSize], data },
    linearisation: 'secant',
    hooks: [reader],
    values: at.trace.hooks,
    signal,
  });
  const directions = pulled.get(reader)!.data;
  const size = at.model.info.hiddenSize;
  const reads = group.flatMap((part, index) => {
    const own = Array.from({ length: parts[part]!.position + 1 }, (_, position) => {
      const from = (index * length + position) * size;
      return { position, direction: directions.subarray(from, from + size) };
    });
    return joined(own, at.writesPlainly).map((each) => ({
      ...each,
      part,
      below: layer,
      withHeads: false,
      least: 0,
    }));
  });
  return { reads, constants: pulled.get(constantsName)!.data };
}

/** Two directions are one when what is left of one beside the other is below this share of it, which is rounding. */
const samePart = 1e-5;

/**
 * A head reads the same direction at every position, in the measure of its pattern and the norm there: that direction is
 * followed once. Where directions differ after all, or what is written passes norms of its own, each is followed.
 */
function joined(
  reads: readonly { readonly position: number; readonly direction: Float32Array }[],
  parallel: boolean,
): readonly Pick<Read, 'places' | 'direction'>[] {
  const sizes = reads.map(({ direction }) => dot(direction, 0, direction));
  const first = reads[sizes.indexOf(Math.max(...sizes))]!.direction;
  const size = Math.max(...sizes);
  const together: Place[] = [];
  const apart: Pick<Read, 'places' | 'direction'>[] = [];
  reads.forEach(({ position, direction }, index) => {
    const own = sizes[index]!;
    if (own === 0) return;
    const factor = dot(direction, 0, first) / size;
    const beside = direction.reduce((sum, value, i) => sum + (value - factor * first[i]!) ** 2, 0);
    if (parallel && beside <= samePart * samePart * own) together.push({ position, factor });
    else apart.push({ places: [{ position, factor: 1 }], direction });
  });
  return together.length > 0 ? [{ places: together, direction: first }, ...apart] : apart;
}
