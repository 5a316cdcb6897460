/** A neuron or a head at a position. */
export interface Part {
  readonly kind: 'neuron' | 'head';
  readonly layer: number;
  readonly position: number;
  readonly index: number;
}

/** What a number of the basis stands for. */
export type BasisNode =
  | Part
  | { readonly kind: 'token'; readonly position: number }
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'bias' };

/** What comes first at each position: the token, then what its place gives. */
const embeddings = 2;

/**
 * Everything that can give something to something, numbered: token, learned position, every head and every neuron at
 * each position, and the bias. Numbers rather than objects, because there are tens of thousands for each token.
 */
export class Basis {
  private readonly perLayer: number;
  readonly perPosition: number;
  readonly bias: number;
  /** How many numbers there are. */
  readonly size: number;

  constructor(
    readonly layers: number,
    readonly heads: number,
    /** Neurons of a layer; 0 for models without MLPs. */
    readonly neurons: number,
    readonly length: number,
  ) {
    this.perLayer = heads + neurons;
    this.perPosition = embeddings + layers * this.perLayer;
    this.bias = length * this.perPosition;
    this.size = this.bias + 1;
  }

  token(position: number): number {
    return position * this.perPosition;
  }

  place(position: number): number {
    return this.token(position) + 1;
  }

  head(layer: number, position: number, head: number): number {
    return this.token(position) + embeddings + layer * this.perLayer + head;
  }

  neuron(layer: number, position: number, neuron: number): number {
    return this.head(layer, position, this.heads) + neuron;
  }

  nodeOf(id: number): BasisNode {
    if (id === this.bias) return { kind: 'bias' };
    const position = this.positionOf(id);
    const at = id % this.perPosition;
    if (at === 0) return { kind: 'token', position };
    if (at < embeddings) return { kind: 'position', position };
    const layer = Math.floor((at - embeddings) / this.perLayer);
    const part = (at - embeddings) % this.perLayer;
    if (part < this.heads) return { kind: 'head', layer, position, index: part };
    return { kind: 'neuron', layer, position, index: part - this.heads };
  }

  /** Where a number is that is not the bias'. */
  positionOf(id: number): number {
    return Math.floor(id / this.perPosition);
  }

  /** How many numbers `placeOf` gives. */
  get places(): number {
    return this.layers * this.length;
  }

  /** Layer and position of a part as one number, layer · length + position; null for what is no part. */
  placeOf(id: number): number | null {
    if (!this.isPart(id)) return null;
    const layer = Math.floor(((id % this.perPosition) - embeddings) / this.perLayer);
    return layer * this.length + this.positionOf(id);
  }

  /** The part with a number that `isPart`. */
  partOf(id: number): Part {
    return this.nodeOf(id) as Part;
  }

  /** Whether something can go into it: a neuron or a head. */
  isPart(id: number): boolean {
    return id < this.bias && id % this.perPosition >= embeddings;
  }
}
