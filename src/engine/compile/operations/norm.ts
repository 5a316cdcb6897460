import type { Shape } from '../shape';
import type { Operation } from '../stage';

/** x − mean(x) over the last dimension: what a layer norm does first. Linear and its own transpose. */
export const center: Operation = {
  shape: ([x]) => x!,
  emit: (c, [x]) => c.subtract(x!, c.reduce('ReduceMean', x!, [-1])),
  pull: (c, { cotangent }) => [c.subtract(cotangent, c.reduce('ReduceMean', cotangent, [-1]))],
};

/** √(mean(x²) + ε) over the last dimension, [..., 1]: the denominator of a norm. */
export function denominator(epsilon: number): Operation {
  return {
    shape: ([x]) => [...x!.slice(0, -1), 1],
    emit: (c, [x]) => {
      const squares = c.reduce('ReduceMean', c.multiply(x!, x!), [-1]);
      return c.unary('Sqrt', c.add(squares, c.number(epsilon)));
    },
    pull: (c, { inputs, output, cotangent, rules }) => {
      if (rules.norm === 'frozen') return [null];
      const x = inputs[0]!;
      const slope = c.divide(c.scale(cotangent, 1 / Number(x.dims.at(-1))), output);
      return [c.multiply(x, slope)];
    },
  };
}

/** x / σ, with σ [..., 1]. */
export const quotient: Operation = {
  shape: ([x]) => x!,
  emit: (c, [x, sigma]) => c.divide(x!, sigma!),
  pull: (c, { inputs, output, cotangent }) => {
    const sigma = inputs[1]!;
    const alongX = c.reduce('ReduceSum', c.multiply(cotangent, output), [-1]);
    return [c.divide(cotangent, sigma), c.unary('Neg', c.divide(alongX, sigma))];
  },
};

/** x · (w + offset) over the last dimension; the offset is 1 where a checkpoint stores the gain's distance from 1. */
export function gain(weight: string, offset: 0 | 1): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.multiply(x!, factor(x!.dims)(c)),
    pull: (c, { inputs, cotangent }) => [c.multiply(cotangent, factor(inputs[0]!.dims)(c))],
  };

  function factor(dims: Shape) {
    return (c: Parameters<Operation['emit']>[0]) => {
      const stored = c.weight(weight, [Number(dims.at(-1))]);
      return offset === 0 ? stored : c.add(stored, c.number(offset));
    };
  }
}

/** x + b over the last dimension. */
export function bias(weight: string): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.add(x!, c.weight(weight, [Number(x!.dims.at(-1))])),
    pull: (_, { cotangent }) => [cotangent],
    constant: (c, cotangent) => {
      const added = c.weight(weight, [Number(cotangent.dims.at(-1))]);
      const axes = cotangent.dims.map((_, axis) => axis).slice(1);
      return c.reduce('ReduceSum', c.multiply(cotangent, added), axes);
    },
  };
}
