import type { Basis } from './basis';
import type { Inputs } from './inputs';

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
    return heap.ids();
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
      const magnitude = inputs.magnitude();
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

/** The largest of many, by a heap whose first is the smallest of them. */
class Strongest {
  private readonly heap: { readonly id: number; readonly value: number }[] = [];

  constructor(private readonly count: number) {}

  /** What has not more than this does not get in. */
  get least(): number {
    return this.heap.length < this.count || this.count === 0 ? 0 : this.heap[0]!.value;
  }

  offer(id: number, value: number): void {
    const { heap, count } = this;
    if (heap.length < count) {
      heap.push({ id, value });
      if (heap.length === count) heap.sort((a, b) => a.value - b.value);
      return;
    }
    if (count === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= count) break;
      const child = left + 1 < count && heap[left + 1]!.value < heap[left]!.value ? left + 1 : left;
      if (heap[child]!.value >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = { id, value };
  }

  /** The strongest first; of equals the earlier. */
  ids(): readonly number[] {
    return this.heap.toSorted((a, b) => b.value - a.value || a.id - b.id).map(({ id }) => id);
  }
}
