import type { Wire } from '../emitter';
import { type Shape, times } from '../shape';
import type { Axis, Context, Operation, Restore } from '../stage';

// Keys and values have K heads where queries have H = K·G: query heads are grouped by the key head they share, as
// [B, K, G·S, d], so that keys and values are never repeated.

/** Scores of every query against every key: queries [B, H, S, d], keys [B, K, S, d] to [B, H, S, S]. */
export function scores(scale: number): Operation {
  return {
    readsAll: [false, true],
    shape: ([q, k]) => [...q!.slice(0, 3), k![2]!],
    emit: (c, [q, k]) => {
      const all = c.matmul(group(c, q!, k!.dims[1]!), k!, { transposeB: true, scale });
      return c.reshape(all, [...q!.dims.slice(0, 3), all.dims.at(-1)!]);
    },
    pull: (c, { inputs, cotangent }) => {
      const [q, k] = inputs as [Wire, Wire];
      const keyHeads = k.dims[1]!;
      const grouped = group(c, cotangent, keyHeads);
      const forQueries = c.matmul(grouped, k, { scale });
      return [
        c.reshape(forQueries, [...cotangent.dims.slice(0, 3), q.dims[3]!]),
        c.matmul(grouped, group(c, q, keyHeads), { transposeA: true, scale }),
      ];
    },
  };
}

/** −∞ where a query must not look: at later positions, and at those before its window. */
export function mask(window: number | null): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.add(x!, c.mask(...axes(x!), window)),
    pull: (_, { cotangent }) => [cotangent],
  };
}

/** Hides again, whatever was made of the hidden scores. */
export function restoreMask(window: number | null): Restore {
  return (c, changed) => {
    const barrier = c.mask(...axes(changed), window);
    return c.where(c.binary('Less', barrier, c.number(0), 'bool'), barrier, changed);
  };
}

/** Hands keys or values [B, S, K, d] to the cache, where there is one, and gives those of all positions. */
export function remember(name: string): Operation {
  return {
    shape: ([x]) => x!,
    emit: (c, [x]) => c.remember(name, x!),
    pull: (_, { cotangent }) => [cotangent],
  };
}

/** Scores [B, H, S, S] to the attention pattern. */
export const softmax: Operation = {
  shape: ([x]) => x!,
  emit: (c, [x]) => c.softmax(x!),
  pull: (c, { output, cotangent, rules }) => {
    if (rules.pattern === 'frozen') return [null];
    const weighted = c.multiply(output, cotangent);
    return [c.subtract(weighted, c.multiply(output, c.reduce('ReduceSum', weighted, [-1])))];
  },
};

/** Values [B, K, S, d] mixed by the pattern [B, H, S, S] to [B, H, S, d]. */
export const mix: Operation = {
  readsAll: [false, true],
  shape: ([pattern, v]) => [...pattern!.slice(0, 3), v![3]!],
  emit: (c, [pattern, v]) => {
    const grouped = group(c, pattern!, v!.dims[1]!);
    return c.reshape(c.matmul(grouped, v!), [...pattern!.dims.slice(0, 3), v!.dims[3]!]);
  },
  pull: (c, { inputs, cotangent }) => {
    const [pattern, v] = inputs as [Wire, Wire];
    const grouped = group(c, cotangent, v.dims[1]!);
    const forPattern = c.matmul(grouped, v, { transposeB: true });
    return [
      c.reshape(forPattern, [...cotangent.dims.slice(0, 3), v.dims[2]!]),
      c.matmul(group(c, pattern, v.dims[1]!), grouped, { transposeA: true }),
    ];
  },
};

/** Queries and keys of scores [B, H, S, S]. */
export function axes(scores: Wire): [queries: Axis, keys: Axis] {
  return [
    { of: scores, axis: 2 },
    { of: scores, axis: 3 },
  ];
}

/** [B, H, S, n] as [B, K, G·S, n]. */
function group(c: Context, x: Wire, keyHeads: Shape[number]): Wire {
  const [batch, heads, positions, size] = x.dims as [Shape[number], number, Shape[number], Shape[number]];
  const perKey = heads / Number(keyHeads);
  return perKey === 1 ? x : c.reshape(x, [batch, keyHeads, times(perKey, positions), size]);
}
