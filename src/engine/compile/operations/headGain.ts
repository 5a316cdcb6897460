import type { Wire } from '../emitter';
import type { Context, Operation } from '../stage';

/** x · w with a gain of its own for every head: [B, S, n, d] by n tensors of [d]. */
export function headGain(weights: readonly string[]): Operation {
  const factor = (c: Context, size: number): Wire => {
    const rows = weights.map((weight) => c.reshape(c.weight(weight, [size]), [1, size]));
    return c.concat(rows, 0);
  };
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.multiply(x!, factor(c, Number(x!.dims.at(-1)))),
    pull: (c, { inputs, cotangent }) => [c.multiply(cotangent, factor(c, Number(inputs[0]!.dims.at(-1))))],
  };
}
