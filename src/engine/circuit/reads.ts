import { blockHooks } from '../explain/trace';
import { constantsName } from '../model';
import type { Part } from './basis';
import type { Operating } from './operating';

/** What a part reads from the residual stream at one position: a direction there. */
export interface Read {
  /** Which of the parts. */
  readonly part: number;
  readonly position: number;
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
    signal,
  });
  const directions = pulled.get(reader)!.data;
  const size = directions.length / group.length;
  const reads = group.map((part, row) => ({
    part,
    position: parts[part]!.position,
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
    signal,
  });
  const directions = pulled.get(reader)!.data;
  const size = at.model.info.hiddenSize;
  const reads = group.flatMap((part, index) =>
    Array.from({ length: parts[part]!.position + 1 }, (_, position) => {
      const from = (index * length + position) * size;
      const direction = directions.subarray(from, from + size);
      return { part, position, direction, below: layer, withHeads: false, least: 0 };
    }).filter(({ direction }) => direction.some((value) => value !== 0)),
  );
  return { reads, constants: pulled.get(constantsName)!.data };
}
