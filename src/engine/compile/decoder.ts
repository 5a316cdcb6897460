import type { Architecture } from './architecture';
import type { Builder, Norm } from './builder';
import type { Layout } from './operations/linear';
import type { RotaryTable } from './operations/rotary';
import type { Value } from './stage';

/** Which norm a model uses, everywhere alike. */
export interface NormStyle {
  readonly kind: Norm['kind'];
  readonly epsilon: number;
  /** 1 where the stored gain is its distance from 1. */
  readonly offset?: 0 | 1;
  readonly biased?: boolean;
  /** False for norms without gain and bias. */
  readonly weighted?: boolean;
}

/** Queries, keys and values of one block before their hooks, each [B, S, heads, d]. */
export interface Projections {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

export interface DecoderAttention {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
  /** From what the attention reads [B, S, D], in the block whose tensors begin with `at`. */
  readonly project: (b: Builder, x: Value, at: string) => Projections;
  /** Norms of queries and keys, before the rotation. */
  readonly queryKeyNorm?: (b: Builder, x: Value, part: 'q' | 'k', at: string, name: string) => Value;
  /** By block; null for models with learned positions. */
  readonly rotary: (layer: number) => RotaryTable | null;
  /** By block: factor of the scores. */
  readonly scale: (layer: number) => number;
  /** By block: how many positions back a query sees, itself included; null for all. */
  readonly window: (layer: number) => number | null;
  readonly cap?: number | null;
  /** By head, how much a score falls with every position further back. */
  readonly slopes?: readonly number[];
  /** The matrix from the heads' outputs to the residual stream. */
  readonly output: Matrix;
}

/** A matrix by the name of its tensors within the block. */
export interface Matrix {
  readonly name: string;
  readonly bias: boolean;
  readonly layout?: Layout;
}

export interface DecoderMlp {
  readonly neurons: number;
  readonly activation: string;
  /** Gated: both branches by themselves, or one matrix for gate and value in this order. Plain: one matrix. */
  readonly input:
    | { readonly gate: Matrix; readonly value: Matrix }
    | { readonly fused: Matrix }
    | { readonly plain: Matrix };
  readonly output: Matrix;
}

/**
 * Names of the norms of a block. `before` norms read the residual stream, `after` norms what a branch writes to it.
 * In a parallel block both branches read the stream at the block's input; without a norm of its own the MLP shares the
 * attention's.
 */
export interface BlockNorms {
  readonly beforeAttention: string | null;
  readonly afterAttention?: string;
  readonly beforeMlp: string | null;
  readonly afterMlp?: string;
}

/** A decoder-only transformer as configurations of one family vary it. */
export interface Decoder {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly embedding: {
    readonly weight: string;
    /** What its rows are multiplied by. */
    readonly scale?: number;
    /** Tensor of learned positions [contextLength, D]. */
    readonly positions?: string;
  };
  /** What the tensors of a block begin with. */
  readonly at: (layer: number) => string;
  readonly norm: NormStyle;
  readonly norms: BlockNorms;
  readonly parallel?: boolean;
  readonly attention: DecoderAttention;
  readonly mlp: DecoderMlp;
  /** What the branches' outputs are multiplied by before they are added. */
  readonly residualScale?: number;
  readonly finalNorm: string;
  readonly head: {
    readonly weight: string;
    readonly bias?: string;
    readonly scale?: number;
    readonly cap?: number | null;
  };
}

/** A decoder that may lack what all the published ones have. */
export interface PartialDecoder extends Omit<Decoder, 'mlp' | 'finalNorm'> {
  /** Null for attention alone. */
  readonly mlp: DecoderMlp | null;
  /** Null where the unembedding reads the stream as it is. */
  readonly finalNorm: string | null;
}

/** The description of a decoder over the operations; hooks have TransformerLens's names. */
export function decoder(d: PartialDecoder): Architecture {
  const { hiddenSize, vocabularySize, residualScale = 1 } = d;
  const norm = (b: Builder, x: Value, name: string, tensor: string) => {
    const { kind, epsilon, offset, biased = kind === 'layer', weighted = true } = d.norm;
    const bias = weighted && biased ? { bias: `${tensor}.bias` } : {};
    return b.norm(x, { name, kind, epsilon, weight: weighted ? `${tensor}.weight` : null, offset, ...bias });
  };
  const matrix = (b: Builder, x: Value, at: string, { name, bias, layout }: Matrix, outputs: number) =>
    linear(b, x, `${at}.${name}`, outputs, bias, layout);
  /** What a branch adds to the stream, at its hook. */
  const written = (b: Builder, x: Value, hook: string, after: string | undefined, name: string) =>
    b.hook(hook, b.scale(after === undefined ? x : norm(b, x, name, after), residualScale));

  return {
    layers: d.layers,
    heads: d.attention.heads,
    hiddenSize,
    vocabularySize,
    contextLength: d.contextLength,
    hasMlp: d.mlp !== null,
    neurons: d.mlp?.neurons ?? 0,

    embed(b, ids) {
      const { weight, scale = 1, positions } = d.embedding;
      const rows = b.hook('hook_embed', b.scale(b.embed(ids, weight, vocabularySize, hiddenSize), scale));
      if (positions === undefined) return rows;
      return b.add(rows, b.hook('hook_pos_embed', b.positions(ids, positions, d.contextLength, hiddenSize)));
    },

    block(b, input, layer) {
      const at = d.at(layer);
      const name = `blocks.${layer}`;
      const { beforeAttention, afterAttention, beforeMlp, afterMlp } = d.norms;
      const tensor = (norm: string) => `${at}.${norm}`;

      const before = b.hook(`${name}.hook_resid_pre`, input);
      const stream = b.branch(before);
      const read =
        beforeAttention === null ? stream : norm(b, stream, `${name}.ln1`, tensor(beforeAttention));
      const z = b.mergeHeads(attend(b, read, d.attention, at, `${name}.attn`, layer));
      const attended = written(
        b,
        matrix(b, z, at, d.attention.output, hiddenSize),
        `${name}.hook_attn_out`,
        afterAttention && tensor(afterAttention),
        `${name}.ln1_post`,
      );
      const between = d.parallel ? null : b.hook(`${name}.hook_resid_mid`, b.add(before, attended));

      if (d.mlp === null) return b.hook(`${name}.hook_resid_post`, between ?? b.add(before, attended));

      const mlpStream = between ? b.branch(between) : stream;
      const shared = d.parallel && beforeMlp === null;
      const unnormed = shared ? read : mlpStream;
      const seen = beforeMlp === null ? unnormed : norm(b, mlpStream, `${name}.ln2`, tensor(beforeMlp));
      const post = neurons(b, seen, d.mlp, at, `${name}.mlp`);
      const recalled = written(
        b,
        matrix(b, post, at, d.mlp.output, hiddenSize),
        `${name}.hook_mlp_out`,
        afterMlp && tensor(afterMlp),
        `${name}.ln2_post`,
      );
      return b.hook(`${name}.hook_resid_post`, b.add(between ?? b.add(before, attended), recalled));
    },

    head(b, x) {
      const { weight, bias, scale = 1, cap } = d.head;
      const read = d.finalNorm === null ? x : norm(b, x, 'ln_final', d.finalNorm);
      const logits = b.linear(read, { weight, bias, outputs: vocabularySize });
      const scaled = b.scale(logits, scale);
      return cap ? b.softCap(scaled, cap) : scaled;
    },
  };
}

/** What the heads read, [B, S, H, d]. */
function attend(b: Builder, x: Value, a: DecoderAttention, at: string, name: string, layer: number): Value {
  const { q, k, v } = a.project(b, x, at);
  const table = a.rotary(layer);
  const turned = (value: Value, part: 'q' | 'k') => {
    const hooked = b.hook(`${name}.hook_${part}`, value);
    const normed = a.queryKeyNorm ? a.queryKeyNorm(b, hooked, part, at, name) : hooked;
    return table ? b.hook(`${name}.hook_rot_${part}`, b.rotary(normed, table)) : normed;
  };
  const queries = turned(q, 'q');
  const keys = turned(k, 'k');
  const { cap = null, slopes } = a;
  const options = { name, scale: a.scale(layer), window: a.window(layer), cap, slopes };
  return b.attention(queries, keys, b.hook(`${name}.hook_v`, v), options);
}

/** The activations that the MLP's output matrix reads, [B, S, F]. */
function neurons(b: Builder, x: Value, m: DecoderMlp, at: string, name: string): Value {
  const input = (part: Matrix, outputs: number) =>
    linear(b, x, `${at}.${part.name}`, outputs, part.bias, part.layout);
  if ('plain' in m.input) {
    const pre = b.hook(`${name}.hook_pre`, input(m.input.plain, m.neurons));
    return b.hook(`${name}.hook_post`, b.activation(pre, m.activation));
  }
  const parts = 'fused' in m.input ? halves(b, input(m.input.fused, 2 * m.neurons), m.neurons) : null;
  const gated = 'gate' in m.input ? m.input : null;
  const gate = b.hook(`${name}.hook_pre`, parts ? parts.gate : input(gated!.gate, m.neurons));
  const value = b.hook(`${name}.hook_pre_linear`, parts ? parts.value : input(gated!.value, m.neurons));
  return b.hook(`${name}.hook_post`, b.product(b.activation(gate, m.activation), value));
}

function halves(b: Builder, x: Value, size: number): { gate: Value; value: Value } {
  return { gate: b.slice(x, 0, size), value: b.slice(x, size, 2 * size) };
}

/** x through the matrix `tensor`. */
export function linear(
  b: Builder,
  x: Value,
  tensor: string,
  outputs: number,
  bias: boolean,
  layout?: Layout,
): Value {
  return b.linear(x, {
    weight: `${tensor}.weight`,
    outputs,
    layout,
    ...(bias && { bias: `${tensor}.bias` }),
  });
}
