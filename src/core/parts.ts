import type { Component } from './explanation';
import type { HeadRole, HeadScores } from './model';

/** A part of the model, read from a component's name. */
export type Part =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'mlp'; readonly layer: number }
  /** The last token's own embedding, learned positions, the model's constants. */
  | { readonly kind: 'embed' | 'pos' | 'bias' };

/** Reads `L3H2`, `L3MLP`, `embed`, `pos`, `bias`; null for a name of another kind. */
export function partOf(name: string): Part | null {
  if (name === 'embed' || name === 'pos' || name === 'bias') return { kind: name };
  const match = /^L(\d+)(?:H(\d+)|MLP)$/.exec(name);
  if (!match) return null;
  const layer = Number(match[1]);
  return match[2] === undefined ? { kind: 'mlp', layer } : { kind: 'head', layer, head: Number(match[2]) };
}

/** What a part is, in words: "layer 3, head 2". */
export function partInWords(part: Part): string {
  switch (part.kind) {
    case 'head':
      return `layer ${part.layer}, head ${part.head}`;
    case 'mlp':
      return `layer ${part.layer}, MLP`;
    case 'embed':
      return 'the token just before, by itself';
    case 'pos':
      return 'the position in the text';
    case 'bias':
      return 'constants of the model';
  }
}

/** One letter and the words for each role a head can play. */
export const roles: Readonly<Record<HeadRole, { readonly letter: string; readonly words: string }>> = {
  previous: { letter: 'P', words: 'looks at the token before' },
  induction: { letter: 'I', words: 'looks at what followed an earlier occurrence (induction)' },
  duplicate: { letter: 'D', words: 'looks at an earlier occurrence of the same token' },
  copying: { letter: 'C', words: 'writes what it reads (copying)' },
};

/** What people call a head that plays a role. */
export const roleName: Readonly<Record<HeadRole, string>> = {
  previous: 'previous token',
  duplicate: 'duplicate token',
  induction: 'induction',
  copying: 'copying',
};

/** The measured roles of a head, strongest first; none before they were measured. */
export function rolesOf(
  scores: readonly HeadScores[] | null,
  layer: number,
  head: number,
): readonly HeadRole[] {
  return scores?.find((score) => score.layer === layer && score.head === head)?.roles ?? [];
}

/** What a kind of part brought together, in logits. */
export interface KindTotal {
  readonly kind: 'heads' | 'mlps' | 'embed' | 'bias';
  readonly direct: number;
  /** In [0, 1]: the share of all pushes, for and against, by magnitude. */
  readonly share: number;
}

const kindOf = { head: 'heads', mlp: 'mlps', embed: 'embed', pos: 'embed', bias: 'bias' } as const;

/** The components summed by kind; kinds the model does not have are absent. */
export function kindTotals(components: readonly Component[]): readonly KindTotal[] {
  const sums = new Map<KindTotal['kind'], number>();
  for (const component of components) {
    const part = partOf(component.name);
    if (!part) continue;
    const kind = kindOf[part.kind];
    sums.set(kind, (sums.get(kind) ?? 0) + component.direct);
  }
  const all = [...sums.values()].reduce((sum, value) => sum + Math.abs(value), 0);
  return (['heads', 'mlps', 'embed', 'bias'] as const).flatMap((kind) => {
    const direct = sums.get(kind);
    return direct === undefined ? [] : [{ kind, direct, share: all > 0 ? Math.abs(direct) / all : 0 }];
  });
}
