import type { ChangedPart, Selection } from '../../core/change/change';
import { WhenceError } from '../../core/errors';
import { blockHooks } from '../explain/trace';
import type { Model } from '../model';
import { checkHooks } from '../run/check';

/** Where a part's value stands. */
export interface Site {
  readonly hook: string;
  /** Which of the hook's heads, neurons or dimensions. */
  readonly units: Selection;
}

/** The hooks at which a part is changed: a layer's attention and MLP are two. */
export function sitesOf(part: ChangedPart, { hookShapes, info }: Model): readonly Site[] {
  const whole = (hook: string): Site => ({ hook, units: 'all' });
  const single = (hook: string, index: number): Site => ({ hook, units: [{ from: index, to: index + 1 }] });
  switch (part.kind) {
    case 'head':
      return [single(blockHooks.z(part.layer), part.head)];
    case 'neuron':
      return [single(blockHooks.neurons(part.layer), part.neuron)];
    case 'mlp':
      return [whole(blockHooks.mlp(part.layer))];
    case 'attention':
      return [whole(blockHooks.attention(part.layer))];
    case 'layer':
      return [
        whole(blockHooks.attention(part.layer)),
        ...(info.hasMlp ? [whole(blockHooks.mlp(part.layer))] : []),
      ];
    case 'hook':
      checkHooks([part.hook], hookShapes);
      return [part];
  }
}

/** A hook's dimensions by what they are for, as sizes and, flattened, as strides of a row. */
export interface Layout {
  readonly rank: number;
  readonly positionAxis: number;
  readonly unitAxis: number;
  /** What is left beside batch, positions and units: a head's dimensions, the positions it looks at; null if nothing is. */
  readonly innerAxis: number | null;
  /** Whether its last dimension are positions: attention patterns and scores. */
  readonly overKeys: boolean;
  /** With the batch as 1. */
  readonly sizes: readonly number[];
}

export function layoutOf({ hookShapes }: Model, hook: string, length: number): Layout {
  const shape = hookShapes.get(hook);
  if (!shape) throw new WhenceError('internal', `The hook ${hook} has no shape.`);
  const positionAxis = shape.indexOf('S');
  const unitAxis = shape.findIndex((dim) => typeof dim === 'number');
  const axes = shape.map((_, axis) => axis).slice(1);
  return {
    rank: shape.length,
    positionAxis,
    unitAxis,
    innerAxis: axes.find((axis) => axis !== positionAxis && axis !== unitAxis) ?? null,
    overKeys: shape.at(-1) === 'S',
    sizes: shape.map((dim) => (typeof dim === 'number' ? dim : dim === 'B' ? 1 : length)),
  };
}
