import { WhenceError } from '../../../core/errors';
import type { Wire } from '../emitter';
import type { Context, Fusion, Operation } from '../stage';
import { fusedGelu, fusedSigmoidGate } from './fused';

/**
 * The activations f(z) = z · g(z), by the names of `hidden_act`. The gate g is the slope of the secant from zero to the
 * operating point; the tangent is g + z · g′.
 */
const gates: Readonly<Record<string, Gate>> = {
  relu: {
    gate: (c, z) => c.where(c.binary('Greater', z, c.number(0), 'bool'), c.number(1), c.number(0)),
    tangent: (_, __, gate) => gate,
  },
  silu: { gate: (c, z) => c.unary('Sigmoid', z), tangent: (c, z, gate) => logisticTangent(c, z, gate, 1) },
  /** x · σ(1.702 x) (Hendrycks and Gimpel 2016). */
  quick_gelu: {
    gate: (c, z) => c.unary('Sigmoid', c.scale(z, 1.702)),
    tangent: (c, z, gate) => logisticTangent(c, z, gate, 1.702),
  },
  /** x · Φ(x), with the error function; fp32 only. */
  gelu: {
    gate: (c, z) => {
      const erf = c.unary('Erf', c.scale(z, Math.SQRT1_2));
      return c.scale(c.add(erf, c.number(1)), 0.5);
    },
    tangent: (c, z, gate) => {
      const density = c.unary('Exp', c.scale(c.multiply(z, z), -0.5));
      return c.add(gate, c.scale(c.multiply(z, density), 1 / Math.sqrt(2 * Math.PI)));
    },
  },
  /** GELU by tanh: ½x(1 + tanh(√(2/π)(x + 0.044715x³))), which is x · σ(2√(2/π)(x + 0.044715x³)). */
  gelu_new: {
    gate: (c, z) => c.unary('Sigmoid', cubic(c, z, 0.044715)),
    tangent: (c, z, gate) => {
      const inner = cubic(c, z, 3 * 0.044715);
      return c.add(gate, c.multiply(inner, logisticSlope(c, gate)));
    },
  },
};

const aliases: Readonly<Record<string, string>> = {
  swish: 'silu',
  gelu_pytorch_tanh: 'gelu_new',
  gelu_fast: 'gelu_new',
};

interface Gate {
  gate(c: Context, z: Wire): Wire;
  /** f′(z), from z and its gate. */
  tangent(c: Context, z: Wire, gate: Wire): Wire;
}

/** The activation of that name, elementwise. Throws `model-unsupported` for an unknown one. */
export function activation(name: string): Operation {
  const found = gates[aliases[name] ?? name];
  if (!found) {
    const known = [...Object.keys(gates), ...Object.keys(aliases)].join(', ');
    throw new WhenceError(
      'model-unsupported',
      `The model's activation ${name} is not supported; Whence knows ${known}.`,
    );
  }
  const { gate, tangent } = found;
  return {
    shape: ([z]) => z!,
    emit: (c, [z]) => c.multiply(z!, gate(c, z!)),
    pull: (c, { inputs, cotangent, rules }) => {
      const z = inputs[0]!;
      if (rules.activation === 'closed') return [null];
      const secant = gate(c, z);
      return [c.multiply(cotangent, rules.activation === 'secant' ? secant : tangent(c, z, secant))];
    },
  };
}

/** By gate, the operator of the runtime that does gate and product at once. */
const fusions: Readonly<Record<string, Fusion['emit']>> = {
  silu: fusedSigmoidGate(1),
  quick_gelu: fusedSigmoidGate(1.702),
  gelu: fusedGelu('none'),
  gelu_new: fusedGelu('tanh'),
};

/** The activation of that name as one operator; null where there is none. */
export function fusedActivation(name: string): Fusion['emit'] | null {
  return fusions[aliases[name] ?? name] ?? null;
}

/** σ′ = σ(1 − σ). */
function logisticSlope(c: Context, gate: Wire): Wire {
  return c.multiply(gate, c.subtract(c.number(1), gate));
}

/** The tangent of z · σ(βz). */
function logisticTangent(c: Context, z: Wire, gate: Wire, beta: number): Wire {
  return c.add(gate, c.multiply(c.scale(z, beta), logisticSlope(c, gate)));
}

/** 2√(2/π) · (z + k z³). */
function cubic(c: Context, z: Wire, k: number): Wire {
  const factor = c.add(c.scale(c.multiply(z, z), k), c.number(1));
  return c.scale(c.multiply(z, factor), 2 * Math.sqrt(2 / Math.PI));
}
