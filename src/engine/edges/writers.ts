import { headName, mlpName } from '../../core/model';
import { biasesOf, biasFactor } from '../explain/biases';
import { blockHooks, embedHook, hookOf, postNormsOf, type Trace } from '../explain/trace';
import type { Model } from '../model';

/** A part that writes into the residual stream. */
export interface Writer {
  readonly name: string;
  /** What it wrote in one prompt less what it wrote in the other, [S · D]. */
  readonly change: Float32Array;
}

/** Two runs of a model, of as many tokens. */
export interface Pair {
  readonly model: Model;
  readonly trace: Trace;
  readonly counterfactual: Trace;
  readonly signal?: AbortSignal;
}

/** The embeddings. Positions write the same in both prompts, so they have no edges. */
export function embeddingWriter({ trace, counterfactual }: Pair): Writer {
  return { name: 'embed', change: changeAt(embedHook, trace, counterfactual) };
}

/** The MLP of a layer; its bias is part of what it writes. */
export function mlpWriter({ trace, counterfactual }: Pair, layer: number): Writer {
  return { name: mlpName(layer), change: changeAt(blockHooks.mlp(layer), trace, counterfactual) };
}

/** The heads of a layer. A norm behind the heads is held in each of the runs, so that what they write is a sum. */
export async function headWriters(pair: Pair, layer: number): Promise<readonly Writer[]> {
  const { model, trace, counterfactual } = pair;
  const { heads, hiddenSize: width } = model.info;
  const columns = await outputMatrix(pair, layer);
  const inputs = headOutputs(trace, trace, model, layer);
  const others = headOutputs(counterfactual, trace, model, layer);
  const size = columns.length / (width * heads);
  const length = trace.ids.length;
  return Array.from({ length: heads }, (_, head) => {
    const change = new Float32Array(length * width);
    for (let position = 0; position < length; position++) {
      const from = (position * heads + head) * size;
      if (!differ(inputs, others, from, size)) continue;
      for (let row = 0; row < width; row++) {
        const column = (row * heads + head) * size;
        let sum = 0;
        for (let i = 0; i < size; i++) sum += columns[column + i]! * (inputs[from + i]! - others[from + i]!);
        change[position * width + row] = sum;
      }
    }
    return { name: headName(layer, head), change };
  });
}

/**
 * What the output bias of a layer's attention adds, which is the same in all texts unless a norm follows it; null where
 * it is.
 */
export async function biasChange(
  { model, trace, counterfactual }: Pair,
  layer: number,
): Promise<Float32Array | null> {
  const bias = (await biasesOf(model)).written.get(blockHooks.attention(layer));
  if (!bias?.norm) return null;
  const width = bias.values.length;
  const change = new Float32Array(trace.ids.length * width);
  for (let position = 0; position < trace.ids.length; position++) {
    const factor = biasFactor(bias, trace.hooks, position) - biasFactor(bias, counterfactual.hooks, position);
    for (let i = 0; i < width; i++) change[position * width + i] = factor * bias.values[i]!;
  }
  return change;
}

/** From the heads' outputs to what attention adds to the stream at the first position of the text: [D, H, d]. */
async function outputMatrix({ model, trace, signal }: Pair, layer: number): Promise<Float32Array> {
  const width = model.info.hiddenSize;
  const identity = new Float32Array(width * width);
  for (let row = 0; row < width; row++) identity[row * width + row] = 1;
  const pulled = await model.pull({
    residual: trace.residuals[layer]!,
    from: blockHooks.attention(layer),
    cotangents: { dims: [width, 1, width], data: identity },
    positions: new Array<number>(width).fill(0),
    linearisation: 'direct',
    hooks: [blockHooks.z(layer)],
    signal,
  });
  return hookOf(pulled, blockHooks.z(layer)).data;
}

/** `hook_z` of a run, scaled as a norm behind it scales its position beside the first position of the trace. */
function headOutputs(run: Trace, trace: Trace, model: Model, layer: number): Float32Array {
  const { data } = hookOf(run.hooks, blockHooks.z(layer));
  const norm = postNormsOf(model).get(blockHooks.attention(layer));
  if (norm === undefined) return data;
  const first = hookOf(trace.hooks, norm).data[0]!;
  const scales = hookOf(run.hooks, norm).data;
  const size = data.length / run.ids.length;
  return data.map((value, index) => (value * first) / scales[Math.floor(index / size)]!);
}

export function changeAt(hook: string, trace: Trace, other: Trace): Float32Array {
  const subtracted = hookOf(other.hooks, hook).data;
  return hookOf(trace.hooks, hook).data.map((value, index) => value - subtracted[index]!);
}

function differ(a: Float32Array, b: Float32Array, from: number, size: number): boolean {
  for (let i = from; i < from + size; i++) if (a[i] !== b[i]) return true;
  return false;
}
