import type { HandBuilt, HeadWeights, Matrix } from './weights';

/** How sharply a head looks: e^−30 is left for all other tokens. */
export const sharp = 30;

/** A stretch of the stream: where it starts and how wide it is. */
export interface Subspace {
  readonly at: number;
  readonly size: number;
}

/** Subspaces side by side, by name, and the width they need. */
export function layOut<const N extends string>(sizes: Readonly<Record<N, number>>) {
  let at = 0;
  const spaces = {} as Record<N, Subspace>;
  for (const [name, size] of Object.entries(sizes) as [N, number][]) {
    spaces[name] = { at, size };
    at += size;
  }
  return { spaces, width: at };
}

/** The head copies what it reads in one subspace into another. */
export function moves({ v, o }: HeadWeights, from: Subspace, to: Subspace, factor = 1): void {
  v.copy(0, from.at, from.size);
  o.copy(to.at, 0, to.size, factor);
}

/** The head looks at the position before. `positions` are one-hot. */
export function looksBack({ q, k }: HeadWeights, positions: Subspace): void {
  for (let index = 0; index + 1 < positions.size; index++) q.set(index, positions.at + index + 1, sharp);
  k.copy(0, positions.at, positions.size);
}

/** The head looks where `keys` hold what `queries` hold at the predicting position. */
export function looksFor({ q, k }: HeadWeights, queries: Subspace, keys: Subspace, sharpness = sharp): void {
  q.copy(0, queries.at, queries.size, sharpness);
  k.copy(0, keys.at, keys.size);
}

/** A row of a query that is 1 whatever the token is, tokens being one-hot. */
export function always(matrix: Matrix, row: number, tokens: Subspace, value = 1): void {
  for (let id = 0; id < tokens.size; id++) matrix.set(row, tokens.at + id, value);
}

/** A head that looks everywhere and writes much where nobody reads: large, and without any effect. */
export function wastes(
  built: HandBuilt,
  layer: number,
  head: number,
  tokens: Subspace,
  waste: Subspace,
): void {
  moves(built.head(layer, head), tokens, waste, 50);
}

/** Tokens and their unembedding as one-hot vectors. */
export function reads(built: HandBuilt, tokens: Subspace, output: Subspace, factor: number): void {
  built.embedding.copy(0, tokens.at, tokens.size);
  built.unembedding.copy(0, output.at, output.size, factor);
}
