import { blockHooks } from '../explain/trace';
import { constantsName } from '../model';
import type { Tensor } from '../tensor';
import type { Inputs } from './inputs';
import type { Operating } from './operating';
import { dot } from './products';
import type { Read, Reads } from './reads';

/** Rows in one run: what bounds the memory, not the result. */
const rowsPerRun = 256;

/**
 * What every node gives directly to reads: its activation times its output vector along the direction that is read. The
 * residual stream is a sum, so a direction is the same at every depth below the reader; only what each layer writes is
 * taken along it.
 *
 * @param inputs by part, where to add what is found
 * @param constants of the parts themselves, to which those that were written below are added
 */
export async function walk(
  at: Operating,
  { reads, constants }: Reads,
  inputs: readonly Inputs[],
  signal?: AbortSignal,
): Promise<void> {
  for (let layer = at.basis.layers - 1; layer >= 0; layer--) {
    const within = reads.filter((read) => read.withHeads && read.below === layer);
    await writersOf(at, layer, `blocks.${layer}.hook_resid_mid`, within, inputs, constants, signal);
    const above = reads.filter(({ below }) => below > layer);
    await writersOf(at, layer, blockHooks.output(layer), above, inputs, constants, signal);
  }
  for (const { part, position, direction } of reads) {
    inputs[part]!.add(
      at.basis.token(position),
      dot(at.embedding.data, position * direction.length, direction),
    );
    if (!at.places) continue;
    inputs[part]!.add(at.basis.place(position), dot(at.places.data, position * direction.length, direction));
  }
  constants.forEach((sum, part) => {
    inputs[part]!.add(at.basis.bias, sum);
  });
}

/** What the heads of a layer, and read behind the MLP its neurons, write into the stream before `from`. */
async function writersOf(
  at: Operating,
  layer: number,
  from: string,
  reads: readonly Read[],
  inputs: readonly Inputs[],
  constants: Float64Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const z = blockHooks.z(layer);
  const post = blockHooks.neurons(layer);
  const whole = from === blockHooks.output(layer) && at.activations.length > 0;
  for (let start = 0; start < reads.length; start += rowsPerRun) {
    const rows = reads.slice(start, start + rowsPerRun);
    const pulled = await at.model.pull({
      residual: at.trace.residuals[layer]!,
      from,
      cotangents: joined(rows.map(({ direction }) => direction)),
      positions: rows.map(({ position }) => position),
      linearisation: 'direct',
      hooks: whole ? [z, post] : [z],
      signal,
    });
    const sums = pulled.get(constantsName)!.data;
    rows.forEach(({ part, position, least }, row) => {
      addHeads(at, layer, position, pulled.get(z)!, row, inputs[part]!);
      if (whole) addNeurons(at, layer, position, pulled.get(post)!, row, least, inputs[part]!);
      constants[part]! += sums[row]!;
    });
  }
}

function addHeads(
  { basis, trace }: Operating,
  layer: number,
  position: number,
  gradient: Tensor,
  row: number,
  inputs: Inputs,
): void {
  const z = trace.hooks.get(blockHooks.z(layer))!.data;
  const headSize = gradient.dims[3]!;
  for (let head = 0; head < basis.heads; head++) {
    const along = gradient.data.subarray(
      (row * basis.heads + head) * headSize,
      (row * basis.heads + head + 1) * headSize,
    );
    inputs.add(basis.head(layer, position, head), dot(z, (position * basis.heads + head) * headSize, along));
  }
}

export function addNeurons(
  { basis, activations }: Operating,
  layer: number,
  position: number,
  gradient: Tensor,
  row: number,
  least: number,
  inputs: Inputs,
): void {
  const { neurons } = basis;
  const values = activations[layer]!.data;
  const first = basis.neuron(layer, position, 0);
  let [left, magnitude] = [0, 0];
  for (let i = 0; i < neurons; i++) {
    const weight = values[position * neurons + i]! * gradient.data[row * neurons + i]!;
    if (Math.abs(weight) >= least) inputs.add(first + i, weight);
    else {
      left += weight;
      magnitude += Math.abs(weight);
    }
  }
  if (magnitude > 0) inputs.leave(layer * basis.length + position, left, magnitude);
}

function joined(rows: readonly Float32Array[]): Tensor {
  const size = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, index) => {
    data.set(row, index * size);
  });
  return { dims: [rows.length, 1, size], data };
}
