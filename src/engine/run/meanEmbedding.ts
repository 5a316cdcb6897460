import type { Tensor } from '../tensor';
import { forward } from './forward';
import type { Machine } from './machine';

/** Ids looked up in one run. */
const rowsPerRun = 4096;

/**
 * The mean over the vocabulary of what `hook_embed` holds, [D]. Each id is read as a text of one token, so that
 * whatever an architecture does to its embeddings is done here too.
 */
export async function meanEmbedding(machine: Machine, signal?: AbortSignal): Promise<Tensor> {
  const { vocabularySize, hiddenSize } = machine.program.architecture;
  const sums = new Float64Array(hiddenSize);
  for (let from = 0; from < vocabularySize; from += rowsPerRun) {
    const count = Math.min(rowsPerRun, vocabularySize - from);
    const ids = Array.from({ length: count }, (_, index) => [from + index]);
    const { hooks } = await forward(machine, { ids, hooks: ['hook_embed'], logits: 'none', signal });
    const { data } = hooks.get('hook_embed')!;
    for (let index = 0; index < data.length; index++) sums[index % hiddenSize]! += data[index]!;
  }
  return { dims: [hiddenSize], data: Float32Array.from(sums, (sum) => sum / vocabularySize) };
}
