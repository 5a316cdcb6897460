import type { Wire } from '../emitter';
import type { Dim } from '../onnx';
import type { Context, Fusion } from '../stage';
import type { RotaryTable } from './rotary';

// What onnxruntime has as one operator where the description has several. A token is written through thousands of steps
// that compute little, each of which costs some microseconds by itself.

type Emit = Fusion['emit'];

/** A norm with its gain: x [..., D]. */
export function fusedNorm(
  kind: 'rms' | 'layer',
  epsilon: number,
  weight: string,
  offset: 0 | 1,
  bias: string | undefined,
): Emit {
  return (c, [x]) => {
    const vector = (name: string) => c.weight(name, [Number(x!.dims.at(-1))]);
    const gain = offset === 0 ? vector(weight) : c.add(vector(weight), c.number(offset));
    const operator = kind === 'rms' ? 'SimplifiedLayerNormalization' : 'LayerNormalization';
    const inputs = bias === undefined ? [x!, gain] : [x!, gain, vector(bias)];
    return c.node(operator, inputs, { axis: -1, epsilon: { float: epsilon } }, x!.type, x!.dims);
  };
}

/** The rotation of the heads' dimensions: x [B, S, n, d]. */
export function fusedRotary(table: RotaryTable): Emit {
  return (c, [x]) => {
    const [, positions, heads, size] = x!.dims as [Dim, Dim, number, number];
    const angles = c.rotary(table, positions);
    const attributes = {
      num_heads: heads,
      interleaved: Number(table.pairs === 'neighbours'),
      rotary_embedding_dim: table.width === size ? 0 : table.width,
    };
    const inputs = [flat(c, x!), once(c, angles.cos, table), once(c, angles.sin, table)];
    const turned = c.node('RotaryEmbedding', inputs, attributes, x!.type, inputs[0]!.dims);
    return c.reshape(turned, x!.dims);
  };
}

/** One of each pair's two equal cosines or sines [S, 1, width], as [1, S, width / 2]. */
function once(c: Context, rows: Wire, { width, pairs }: RotaryTable): Wire {
  const half = pairs === 'halves' ? c.slice(rows, -1, 0, width / 2) : c.slice(rows, -1, 0, width, 2);
  return c.reshape(half, [1, rows.dims[0]!, width / 2]);
}

/** Attention of queries [B, S, H, d] over keys and values [B, T, K, d] to what the heads read, [B, S, H, d]. */
export function fusedAttention(options: {
  readonly scale: number;
  readonly window: number | null;
  readonly cap: number | null;
  readonly slopes: readonly number[] | undefined;
}): Emit {
  const { scale, window, cap, slopes } = options;
  return (c, [q, k, v]) => {
    const places = [
      { of: q!, axis: 1 },
      { of: k!, axis: 1 },
    ] as const;
    const barrier = c.mask(...places, window);
    const mask = slopes ? c.add(c.linearBias(...places, slopes), barrier) : barrier;
    const attributes = {
      q_num_heads: Number(q!.dims[2]),
      kv_num_heads: Number(k!.dims[2]),
      scale: { float: scale },
      ...(cap && { softcap: { float: cap } }),
    };
    const queries = flat(c, q!);
    const inputs = [queries, flat(c, k!), flat(c, v!), mask];
    return c.reshape(c.node('Attention', inputs, attributes, q!.type, queries.dims), q!.dims);
  };
}

/** z · σ(βz). */
export function fusedSigmoidGate(beta: number): Emit {
  return (c, [z]) => c.node('QuickGelu', [z!], { alpha: { float: beta } }, z!.type, z!.dims, 'com.microsoft');
}

/** z · Φ(z), exactly or by tanh. */
export function fusedGelu(approximate: 'none' | 'tanh'): Emit {
  return (c, [z]) => c.node('Gelu', [z!], { approximate: { string: approximate } }, z!.type, z!.dims);
}

/** [B, S, n, d] as [B, S, n·d]. */
function flat(c: Context, x: Wire): Wire {
  const [batch, positions, heads, size] = x.dims as [Dim, Dim, number, number];
  return c.reshape(x, [batch, positions, heads * size]);
}
