import { WhenceError } from '../../../core/errors';
import { headName, mlpName } from '../../../core/model';
import type { Model } from '../../model';
import type { Tensor } from '../../tensor';
import { dot } from '../dot';
import { blockHooks, layersOf } from '../trace';

/** A part of the model whose output can be changed: a head at `hook_z`, an MLP at `hook_mlp_out`. */
export interface ModelPart {
  readonly name: string;
  readonly hook: string;
  /** Which of the hook's heads; null for an MLP. */
  readonly head: number | null;
}

/** Every head and every MLP that the model has; what it does not have is not among them. */
export function partsOf(model: Model): ModelPart[] {
  const { heads, hasMlp } = model.info;
  return layersOf(model).flatMap((layer) => [
    ...Array.from({ length: heads }, (_, head) => ({
      name: headName(layer, head),
      hook: blockHooks.z(layer),
      head,
    })),
    ...(hasMlp ? [{ name: mlpName(layer), hook: blockHooks.mlp(layer), head: null }] : []),
  ]);
}

/**
 * The part of that name.
 *
 * @throws WhenceError `bad-argument` when the model has no such part: that is no score of zero
 */
export function partNamed(model: Model, name: string): ModelPart {
  const part = partsOf(model).find((candidate) => candidate.name === name);
  if (part) return part;
  const { id, layers, heads, hasMlp } = model.info;
  const mlps = hasMlp ? 'an MLP in each' : 'no MLPs';
  throw new WhenceError(
    'bad-argument',
    `${id} has no part ${name}: it has ${layers} layers of ${heads} heads and ${mlps}.`,
  );
}

/** Σ value · gradient over a part's dimensions, by position: [S]. Value and gradient are the hook's, [1, S, …]. */
export function carriedBy({ head }: ModelPart, value: Tensor, gradient: Tensor): Float64Array {
  const [, length, heads, size] = (head === null ? [1, value.dims[1], 1, value.dims[2]] : value.dims) as [
    number,
    number,
    number,
    number,
  ];
  const carried = new Float64Array(length);
  for (let position = 0; position < length; position++) {
    const start = (position * heads + (head ?? 0)) * size;
    carried[position] = dot(value.data, gradient.data, start, start, size);
  }
  return carried;
}
