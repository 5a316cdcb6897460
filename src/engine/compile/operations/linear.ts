import { times } from '../shape';
import type { Operation } from '../stage';

/** How a checkpoint lays a matrix out: [out, in] as PyTorch's Linear, [in, out] as GPT-2's Conv1D. */
export type Layout = 'outIn' | 'inOut';

/** x · Wᵀ over the last dimension, without bias. */
export function linear(weight: string, outputs: number, layout: Layout = 'outIn'): Operation {
  const transposed = layout === 'outIn';
  const shapeOf = (inputs: number) => (transposed ? [outputs, inputs] : [inputs, outputs]);
  return {
    shape: ([x]) => [...x!.slice(0, -1), outputs],
    emit: (c, [x]) => {
      return c.product(x!, weight, shapeOf(Number(x!.dims.at(-1))), transposed);
    },
    pull: (c, { inputs, cotangent }) => {
      const matrix = c.weight(weight, shapeOf(Number(inputs[0]!.dims.at(-1))));
      return [c.matmul(cotangent, matrix, { transposeB: !transposed })];
    },
  };
}

/** [B, S, n·d] as [B, S, n, d]. */
export function splitHeads(count: number, size: number): Operation {
  return {
    shape: ([x]) => [...x!.slice(0, -1), count, size],
    emit: (c, [x]) => c.reshape(x!, [...x!.dims.slice(0, -1), count, size]),
    pull: (c, { cotangent }) => [c.reshape(cotangent, [...cotangent.dims.slice(0, -2), count * size])],
  };
}

/** [B, S, n, d] as [B, S, n·d]. */
export const mergeHeads: Operation = {
  shape: ([x]) => [...x!.slice(0, -2), times(x!.at(-2)!, x!.at(-1)!)],
  emit: (c, [x]) => c.reshape(x!, [...x!.dims.slice(0, -2), times(x!.dims.at(-2)!, x!.dims.at(-1)!)]),
  pull: (c, { inputs, cotangent }) => [
    c.reshape(cotangent, [...cotangent.dims.slice(0, -1), ...inputs[0]!.dims.slice(-2)]),
  ],
};

/** [B, S, n, d] to [B, n, S, d] or back: positions and heads change places. */
export const swapHeads: Operation = {
  shape: ([x]) => [x![0]!, x![2]!, x![1]!, x![3]!],
  emit: (c, [x]) => c.transpose(x!, [0, 2, 1, 3]),
  pull: (c, { cotangent }) => [c.transpose(cotangent, [0, 2, 1, 3])],
};

/** Rows of an embedding matrix [V, D] for ids [B, S]. */
export function embed(weight: string, vocabulary: number, size: number): Operation {
  return {
    shape: ([ids]) => [...ids!, size],
    // The rows are gathered in the stored type and only they are converted.
    emit: (c, [ids]) => c.cast(c.gather(c.storedWeight(weight, [vocabulary, size]), ids!), c.precision),
    pull: () => [null],
  };
}
