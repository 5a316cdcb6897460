import { Builder } from '../../../src/engine/compile/builder';
import * as norm from '../../../src/engine/compile/operations/norm';
import { rotaryTable } from '../../../src/engine/compile/operations/rotary';
import type { Stage, Value } from '../../../src/engine/compile/stage';
import { randomWeights } from './doubleStage';

/** The width of what the operations take. */
export const size = 12;

type Describe = (b: Builder, x: Value) => Value;

export const weights = randomWeights({
  gain: [size],
  shift: [size],
  square: [size, size],
  other: [size, size],
  narrow: [4, size],
  third: [4, size],
  wide: [size, 20],
  offset: [20],
  firstGain: [4],
  secondGain: [4],
  thirdGain: [4],
});

const heads = (b: Builder, x: Value, weight: string, count: number) =>
  b.splitHeads(b.linear(x, { weight, outputs: 4 * count }), count, 4);
const attention = (
  window: number | null,
  keyHeads: 1 | 3,
  cap: number | null = null,
  slopes?: readonly number[],
): Describe => {
  const [key, value] = keyHeads === 1 ? ['narrow', 'third'] : ['other', 'square'];
  return (b, x) =>
    b.mergeHeads(
      b.attention(heads(b, x, 'square', 3), heads(b, x, key!, keyHeads), heads(b, x, value!, keyHeads), {
        name: 'attn',
        scale: 0.5,
        window,
        cap,
        slopes,
      }),
    );
};
const turned = (width: number, pairs: 'halves' | 'neighbours'): Describe => {
  const table = rotaryTable('t', width, 100, pairs);
  return (b, x) => b.mergeHeads(b.rotary(b.splitHeads(x, 1, size), table));
};

/** Each operation by itself, or behind linear ones where it takes more than one value. */
export const operations: Record<string, Describe> = {
  centring: (b, x) => b.apply(norm.center, x),
  'the denominator of a norm': (b, x) => b.apply(norm.denominator(0.3), x),
  'a root-mean-square norm': (b, x) => b.norm(x, { name: 'ln', kind: 'rms', epsilon: 1e-5, weight: 'gain' }),
  'a gain stored as its distance from 1': (b, x) =>
    b.norm(x, { name: 'ln', kind: 'rms', epsilon: 1e-5, weight: 'gain', offset: 1 }),
  'a layer norm with bias': (b, x) =>
    b.norm(x, { name: 'ln', kind: 'layer', epsilon: 0.1, weight: 'gain', bias: 'shift' }),
  'a matrix [out, in]': (b, x) => b.linear(x, { weight: 'square', outputs: size }),
  'a matrix [in, out] with bias': (b, x) =>
    b.linear(x, { weight: 'wide', outputs: 20, layout: 'inOut', bias: 'offset' }),
  'a product of branches': (b, x) =>
    b.product(
      b.linear(x, { weight: 'square', outputs: size }),
      b.linear(x, { weight: 'other', outputs: size }),
    ),
  'a sum of branches': (b, x) => b.add(x, b.linear(x, { weight: 'square', outputs: size })),
  'a multiple': (b, x) => b.scale(x, -2.5),
  SiLU: (b, x) => b.activation(x, 'silu'),
  'quick GELU': (b, x) => b.activation(x, 'quick_gelu'),
  'GELU by tanh': (b, x) => b.activation(x, 'gelu_new'),
  ReLU: (b, x) => b.activation(x, 'relu'),
  'rotation by halves': turned(size, 'halves'),
  'rotation by neighbours': turned(size, 'neighbours'),
  'rotation of a part': turned(8, 'halves'),
  attention: attention(null, 3),
  'attention with a shared key head': attention(null, 1),
  'attention through a window': attention(2, 3),
  'attention with capped scores': attention(null, 3, 0.4),
  'attention with scores that fall with the distance': attention(null, 3, null, [0.5, 0.25, 0.125]),
  'a soft cap': (b, x) => b.softCap(x, 0.7),
  'a bound': (b, x) => b.clamp(x, 0.6),
  'a part of the last dimension': (b, x) => b.slice(x, 3, 8),
  'a gain for every head': (b, x) =>
    b.mergeHeads(b.headGain(b.splitHeads(x, 3, 4), ['firstGain', 'secondGain', 'thirdGain'])),
};

/** An operation as a stage of its own. */
export function stageOf(describe: Describe): Stage {
  return Builder.stage(weights, { kind: 'number', dims: ['B', 'S', size] }, describe);
}
