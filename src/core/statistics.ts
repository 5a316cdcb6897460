/** A token the model could have written, with its probability in [0, 1]. */
export interface Alternative {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
}

/** What the model's output distribution says of one token at one position; always of the full, untempered softmax. */
export interface TokenStatistics {
  /** The raw logit. */
  readonly logit: number;
  /** In [0, 1]. */
  readonly probability: number;
  /** 1 for the model's first choice. */
  readonly rank: number;
  /** Shannon entropy of the whole distribution, in bits. */
  readonly entropy: number;
  /** The ten most probable tokens, best first; the token itself is among them when its rank is at most ten. */
  readonly alternatives: readonly Alternative[];
}
