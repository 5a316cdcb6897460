import { blockHooks, hookOf } from '../explain/trace';
import { constantsName } from '../model';
import type { Tensor } from '../tensor';
import type { Collects, Written } from './inputs';
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
  inputs: readonly Collects[],
  signal?: AbortSignal,
): Promise<void> {
  for (let layer = at.basis.layers - 1; layer >= 0; layer--) {
    const within = reads.filter((read) => read.withHeads && read.below === layer);
    await writersOf(at, layer, `blocks.${layer}.hook_resid_mid`, within, inputs, constants, signal);
    const above = reads.filter(({ below }) => below > layer);
    await writersOf(at, layer, blockHooks.output(layer), above, inputs, constants, signal);
  }
  for (const { part, places, direction } of reads) {
    for (const { position, factor } of places) {
      const along = ({ data }: Tensor) => factor * dot(data, position * direction.length, direction);
      inputs[part]!.add(at.basis.token(position), along(at.embedding));
      if (at.places) inputs[part]!.add(at.basis.place(position), along(at.places));
    }
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
  inputs: readonly Collects[],
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
      positions: rows.map(({ places }) => places[0]!.position),
      linearisation: 'direct',
      hooks: whole ? [z, post] : [z],
      values: at.trace.hooks,
      signal,
    });
    const sums = pulled.get(constantsName)!.data;
    rows.forEach(({ part, places, least }, row) => {
      for (const { position, factor } of places) {
        inputs[part]!.addProducts(headsAt(at, layer, position), pulled.get(z)!, row, factor, 0);
        if (!whole) continue;
        inputs[part]!.addProducts(neuronsAt(at, layer, position), pulled.get(post)!, row, factor, least);
      }
      constants[part]! += sums[row]! * places.reduce((sum, { factor }) => sum + factor, 0);
    });
  }
}

function headsAt({ basis, trace }: Operating, layer: number, position: number): Written {
  const { data, dims } = hookOf(trace.hooks, blockHooks.z(layer));
  const width = dims[3]!;
  const from = position * basis.heads * width;
  return {
    first: basis.head(layer, position, 0),
    count: basis.heads,
    width,
    values: data,
    from,
    place: layer * basis.length + position,
  };
}

export function neuronsAt({ basis, activations }: Operating, layer: number, position: number): Written {
  return {
    first: basis.neuron(layer, position, 0),
    count: basis.neurons,
    width: 1,
    values: activations[layer]!.data,
    from: position * basis.neurons,
    place: layer * basis.length + position,
  };
}

function joined(rows: readonly Float32Array[]): Tensor {
  const size = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, index) => {
    data.set(row, index * size);
  });
  return { dims: [rows.length, 1, size], data };
}
