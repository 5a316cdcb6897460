interface Offered {
  readonly id: number;
  readonly value: number;
}

/** The largest of many, by a heap whose first is the smallest of them. */
export class Strongest {
  private readonly heap: Offered[] = [];

  constructor(private readonly count: number) {}

  /** What has not more than this does not get in; 0 never does. */
  get least(): number {
    return this.heap.length < this.count || this.count === 0 ? 0 : this.heap[0]!.value;
  }

  offer(id: number, value: number): void {
    const { heap, count } = this;
    if (!(value > this.least) || count === 0) return;
    if (heap.length < count) {
      heap.push({ id, value });
      if (heap.length === count) heap.sort((a, b) => a.value - b.value);
      return;
    }
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

  /** The strongest first; of equals the one with the smaller number. */
  best(): readonly Offered[] {
    return this.heap.toSorted((a, b) => b.value - a.value || a.id - b.id);
  }
}
