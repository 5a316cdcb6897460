import type { Wire } from '../emitter';
import type { Context, Operation } from '../stage';

/** cap · tanh(x / cap): keeps scores or logits within ±cap (Gemma 2, 2024). */
export function softCap(cap: number): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.scale(c.unary('Tanh', c.scale(x!, 1 / cap)), cap),
    pull: (c, { inputs, output, cotangent, rules }) => {
      if (rules.activation !== 'exact') return [c.multiply(cotangent, secant(c, inputs[0]!, output))];
      const tanh = c.scale(output, 1 / cap);
      return [c.multiply(cotangent, c.subtract(c.number(1), c.multiply(tanh, tanh)))];
    },
  };
}

/** x held within ±limit. */
export function clamp(limit: number): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => {
      const bounds = [c.number(-limit), c.number(limit)];
      return c.node('Clip', [x!, ...bounds], {}, x!.type, x!.dims);
    },
    pull: (c, { inputs, output, cotangent, rules }) => {
      const x = inputs[0]!;
      if (rules.activation !== 'exact') return [c.multiply(cotangent, secant(c, x, output))];
      const outside = c.binary('Greater', c.unary('Abs', x), c.number(limit), 'bool');
      return [c.where(outside, c.number(0), cotangent)];
    },
  };
}

/**
 * The slope of the line through zero and the operating point, 1 at zero itself. Neither function crosses an MLP, so
 * every linearisation but the exact one passes it: without that no path would reach a capped logit.
 */
function secant(c: Context, x: Wire, output: Wire): Wire {
  const zero = c.binary('Equal', x, c.number(0), 'bool');
  return c.where(zero, c.number(1), c.divide(output, x));
}
