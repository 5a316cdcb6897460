import { type Ablation, ablations } from '../explanation';
import type { ModelIdentity } from '../model';

/**
 * From an index up to another, which is left out. Below 0 they count from the end, and 0 as `to` is the end itself: -3 to 0
 * are the last three. `to` null has no end.
 */
export interface Span {
  readonly from: number;
  readonly to: number | null;
}

/** Which positions, heads, neurons or dimensions. */
export type Selection = 'all' | readonly Span[];

/**
 * What is changed. A head at its `hook_z`, a neuron at `mlp.hook_post`, an MLP at `hook_mlp_out`, the attention of a layer
 * at `hook_attn_out`, a layer at both of these; and any hook by TransformerLens's name, all of it or some of its heads,
 * neurons or dimensions. A direction is a vector that is added to, or removed from, `blocks.3.hook_resid_post`.
 */
export type ChangedPart =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'neuron'; readonly layer: number; readonly neuron: number }
  | { readonly kind: 'mlp'; readonly layer: number }
  | { readonly kind: 'attention' | 'layer'; readonly layer: number }
  | { readonly kind: 'hook'; readonly hook: string; readonly units: Selection };

/** Numbers for a hook: they broadcast over its dimensions without the batch, missing ones in front count as 1. */
export interface Values {
  /** What people call them: a file, a steering vector. */
  readonly name: string;
  /** The only model they mean anything to; absent, whichever they fit. */
  readonly model?: Pick<ModelIdentity, 'id' | 'sha256'>;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * What is done. `zero`, `mean` and `resample` are the ablations: zero, the mean over the bundled sample of code, the value
 * in that sample. `remove` takes away what the value has along a direction (x − (x·d)d, d of length 1). V: how values are
 * given, where they are no single number.
 */
export type Alteration<V = Values> =
  | { readonly kind: Ablation }
  | { readonly kind: 'scale'; readonly factor: number }
  | { readonly kind: 'set'; readonly value: number | V }
  | { readonly kind: 'add'; readonly value: number | V; readonly times: number }
  | { readonly kind: 'remove'; readonly direction: V };

/**
 * One intervention. Positions below 0 count from the end of the prompt, and spans without an end go on through
 * what is generated after it. Several changes of one value are made in their order; directions are removed first.
 */
export interface Change<V = Values> {
  readonly part: ChangedPart;
  readonly positions: Selection;
  readonly how: Alteration<V>;
}

/** Changes of one question at most: a group in a circuit has hundreds of parts. */
export const mostChanges = 10_000;

/** A single index as a selection. */
export function only(index: number): readonly Span[] {
  return [{ from: index, to: index + 1 }];
}

/** Whether the alteration is one of the ablations. */
export function isAblation<V>(how: Alteration<V>): how is { readonly kind: Ablation } {
  return ablations.some((kind) => kind === how.kind);
}

/**
 * The indices of a selection among `size`, ascending and each once; what lies outside is left out. `end`: where indices
 * below 0 count from, the size unless given.
 */
export function indicesOf(selection: Selection, size: number, end = size): number[] {
  const chosen = new Set<number>();
  const spans = selection === 'all' ? [{ from: 0, to: null }] : selection;
  for (const { from, to } of spans) {
    const first = from < 0 ? Math.max(0, end + from) : from;
    const last = to === null ? size : Math.min(size, to <= 0 ? end + to : to);
    for (let index = first; index < last; index++) chosen.add(index);
  }
  return [...chosen].sort((a, b) => a - b);
}
