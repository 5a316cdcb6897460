import { broadcast } from '../shape';
import type { Operation } from '../stage';

/** a + b of equal shapes. */
export const sum: Operation = {
  shape: ([a, b]) => broadcast(a!, b!),
  emit: (c, [a, b]) => c.add(a!, b!),
  pull: (_, { cotangent }) => [cotangent, cotangent],
};

/** a · b of equal shapes: a gate and what it lets through. */
export const product: Operation = {
  shape: ([a, b]) => broadcast(a!, b!),
  emit: (c, [a, b]) => c.multiply(a!, b!),
  pull: (c, { inputs, cotangent, rules }) => {
    if (rules.product === 'closed') return [null, null];
    const shared = rules.product === 'half' ? c.scale(cotangent, 0.5) : cotangent;
    return [c.multiply(shared, inputs[1]!), c.multiply(shared, inputs[0]!)];
  },
};

/** x times a number of the configuration. */
export function multiple(factor: number): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.scale(x!, factor),
    pull: (c, { cotangent }) => [c.scale(cotangent, factor)],
  };
}

/** Where a branch reads the residual stream. Passes everything forwards; backwards it is what `direct` closes. */
export const branch: Operation = {
  shape: ([x]) => x!,
  emit: (_, [x]) => x!,
  pull: (_, { cotangent, rules }) => [rules.branch === 'open' ? cotangent : null],
};
