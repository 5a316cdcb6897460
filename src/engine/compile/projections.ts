import type { Builder } from './builder';
import { type DecoderAttention, linear, type Projections } from './decoder';
import type { Layout } from './operations/linear';
import type { Value } from './stage';

type Project = DecoderAttention['project'];

export interface HeadSizes {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
}

/** A matrix each for queries, keys and values. `bounded` is applied to what each gives. */
export function separate(
  names: { readonly q: string; readonly k: string; readonly v: string },
  bias: boolean,
  { heads, keyHeads, headSize }: HeadSizes,
  bounded: (b: Builder, x: Value) => Value = (_, x) => x,
): Project {
  return (b, x, at) => {
    const part = (name: string, count: number) =>
      b.splitHeads(bounded(b, linear(b, x, `${at}.${name}`, count * headSize, bias)), count, headSize);
    return { q: part(names.q, heads), k: part(names.k, keyHeads), v: part(names.v, keyHeads) };
  };
}

/** One matrix that gives all queries, then all keys, then all values. `bounded` is applied to all. */
export function fused(
  name: string,
  bias: boolean,
  { heads, keyHeads, headSize }: HeadSizes,
  layout?: Layout,
  bounded: (b: Builder, x: Value) => Value = (_, x) => x,
): Project {
  return (b, x, at) => {
    const sizes = { q: heads * headSize, k: keyHeads * headSize };
    const all = bounded(b, linear(b, x, `${at}.${name}`, sizes.q + 2 * sizes.k, bias, layout));
    const part = (start: number, count: number) =>
      b.splitHeads(b.slice(all, start, start + count * headSize), count, headSize);
    return { q: part(0, heads), k: part(sizes.q, keyHeads), v: part(sizes.q + sizes.k, keyHeads) };
  };
}

/** One matrix that gives query, key and value of the first head, then of the second, and so on. */
export function fusedByHead(name: string, bias: boolean, { heads, headSize }: HeadSizes): Project {
  return (b, x, at): Projections => {
    const all = linear(b, x, `${at}.${name}`, 3 * heads * headSize, bias);
    const rows = b.splitHeads(all, heads, 3 * headSize);
    const part = (index: number) => b.slice(rows, index * headSize, (index + 1) * headSize);
    return { q: part(0), k: part(1), v: part(2) };
  };
}
