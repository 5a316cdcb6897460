import type { Basis } from './basis';
import type { Inputs } from './inputs';
import { Strongest } from './strongest';

/** A node whose inputs are known. */
export interface Expanded {
  /** Its number in the basis; null for a logit. */
  readonly id: number | null;
  /** Of a logit: how much of the influence starts there. */
  readonly weight: number;
  /** What its inputs add up to. */
  readonly value: number;
  readonly inputs: Inputs;
}

/**
 * The graph as far as it is traced: which nodes' inputs are known, and how much influence has reached those that are not
 * (methods §6.8, on the part that is there).
 */
export class Frontier {
  readonly logits: Expanded[] = [];
  readonly parts = new Map<number, Expanded>();
  private readonly influence: Float64Array;
  private readonly magnitudes = new Map<Inputs, number>();
  private held = 0;

  constructor(private readonly basis: Basis) {
    this.influence = new Float64Array(basis.size);
  }

  /** Inputs that are held. */
  get entries(): number {
    return this.held;
  }

  add(node: Expanded): void {
    this.held += node.inputs.length;
    this.magnitudes.set(node.inputs, node.inputs.magnitude());
    if (node.id === null) this.logits.push(node);
    else this.parts.set(node.id, node);
  }

  /** The `count` unexpanded parts that the most influence reaches; fewer where it reaches fewer. */
  strongest(count: number): readonly number[] {
    this.spread();
    const heap = new Strongest(count);
    const { influence, basis, parts } = this;
    for (let id = 0; id < influence.length; id++) {
      const reached = influence[id]!;
      if (reached > heap.least && basis.isPart(id) && !parts.has(id)) heap.offer(id, reached);
    }
    return heap.best().map(({ id }) => id);
  }

  /** How much influence had reached a number of the basis when the strongest were last asked for. */
  influenceOf(id: number): number {
    return this.influence[id]!;
  }

  /** The expanded heads that the most influence reaches. */
  strongestHeads(count: number): readonly number[] {
    this.spread();
    return [...this.parts.keys()]
      .filter((id) => this.influence[id]! > 0 && this.basis.partOf(id).kind === 'head')
      .sort((a, b) => this.influence[b]! - this.influence[a]!)
      .slice(0, count);
  }

  /** Lets the logits' weight flow down. Every node comes after all that it can give to. */
  private spread(): void {
    const { influence } = this;
    influence.fill(0);
    const flow = (amount: number, inputs: Inputs) => {
      const magnitude = this.magnitudes.get(inputs)!;
      if (amount === 0 || magnitude === 0) return;
      const { sources, weights } = inputs;
      const factor = amount / magnitude;
      for (let i = 0; i < sources.length; i++) influence[sources[i]!]! += factor * Math.abs(weights[i]!);
    };
    for (const { weight, inputs } of this.logits) flow(weight, inputs);
    const order = [...this.parts.keys()].sort((a, b) => this.depth(b) - this.depth(a));
    for (const id of order) flow(influence[id]!, this.parts.get(id)!.inputs);
  }

  /** Larger for what is computed later. */
  private depth(id: number): number {
    const node = this.basis.nodeOf(id);
    if (node.kind !== 'neuron' && node.kind !== 'head') return 0;
    return 2 * node.layer + (node.kind === 'neuron' ? 1 : 0);
  }
}
