import { blockHooks } from '../explain/trace';
import { constantsName } from '../model';
import type { Tensor } from '../tensor';
import type { Collects } from './inputs';
import type { Operating } from './operating';
import { dot } from './products';
import type { Read, Reads } from './reads';
import { neuronsAt } from './walk';

/**
 * What every node gives to reads where heads are no nodes: an edge then runs through any number of heads, their patterns
 * held, and a source at one position gives to a reader at a later one. MLPs are not crossed.
 *
 * @param inputs by part, where to add what is found
 */
export async function walkThroughHeads(
  at: Operating,
  { reads, constants }: Reads,
  inputs: readonly Collects[],
  signal?: AbortSignal,
): Promise<void> {
  const { length, layers } = at.basis;
  /** From the directions at one hook of a block to those at others. */
  const cross = async (layer: number, from: string, cotangents: Tensor, hooks: readonly string[]) => {
    const residual = at.trace.residuals[layer]!;
    const pulled = await at.model.pull({
      residual,
      from,
      cotangents,
      linearisation: 'frozen',
      hooks,
      values: at.trace.hooks,
      signal,
    });
    pulled.get(constantsName)!.data.forEach((sum, part) => {
      constants[part]! += sum;
    });
    return pulled;
  };

  let stream = emptyStream(at, inputs.length);
  for (let layer = layers - 1; layer >= 0; layer--) {
    addReads(stream, reads, layer + 1, false);
    const entry = blockHooks.input(layer);
    const post = at.activations.length > 0 ? [blockHooks.neurons(layer)] : [];
    const pulled = await cross(layer, blockHooks.output(layer), stream, [...post, entry]);
    for (const gradient of post.map((hook) => pulled.get(hook)!)) {
      inputs.forEach((each, part) => {
        for (let position = 0; position < length; position++) {
          each.addProducts(neuronsAt(at, layer, position), gradient, part * length + position, 1, 0);
        }
      });
    }
    stream = pulled.get(entry)!;
    const between = emptyStream(at, inputs.length);
    if (!addReads(between, reads, layer, true)) continue;
    const below = (await cross(layer, at.mlpReads(layer), between, [entry])).get(entry)!;
    stream = { dims: stream.dims, data: stream.data.map((value, i) => value + below.data[i]!) };
  }
  addReads(stream, reads, 0, false);
  addEmbeddings(at, stream, inputs);
  constants.forEach((sum, part) => {
    inputs[part]!.add(at.basis.bias, sum);
  });
}

function emptyStream({ basis, model }: Operating, parts: number): Tensor {
  const dims = [parts, basis.length, model.info.hiddenSize];
  return { dims, data: new Float32Array(parts * basis.length * model.info.hiddenSize) };
}

/** Adds the directions that are read at a depth, before or behind the attention there; whether there were any. */
function addReads({ dims, data }: Tensor, reads: readonly Read[], depth: number, behind: boolean): boolean {
  const [, length, width] = dims as [number, number, number];
  const here = reads.filter(({ below, withHeads }) => below === depth && withHeads === behind);
  for (const { part, places, direction } of here) {
    for (const { position, factor } of places) {
      const from = (part * length + position) * width;
      direction.forEach((value, i) => {
        data[from + i]! += factor * value;
      });
    }
  }
  return here.length > 0;
}

function addEmbeddings(
  { basis, embedding, places }: Operating,
  { data }: Tensor,
  inputs: readonly Collects[],
): void {
  const width = data.length / (inputs.length * basis.length);
  inputs.forEach((each, part) => {
    for (let position = 0; position < basis.length; position++) {
      const from = (part * basis.length + position) * width;
      const direction = data.subarray(from, from + width);
      each.add(basis.token(position), dot(embedding.data, position * width, direction));
      if (places) each.add(basis.place(position), dot(places.data, position * width, direction));
    }
  });
}
