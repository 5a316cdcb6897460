interface Disposable {
  dispose(): unknown;
}

/** Collects what has to be given back. What is added after the end is given back at once. */
export class Disposables {
  readonly #held = new Set<Disposable>();
  #ended = false;

  add<T extends Disposable>(disposable: T): T {
    if (this.#ended) disposable.dispose();
    else this.#held.add(disposable);
    return disposable;
  }

  dispose(): void {
    this.#ended = true;
    for (const held of [...this.#held].reverse()) held.dispose();
    this.#held.clear();
  }
}

/** A delayed call: those that are asked for meanwhile become one. */
export class Delay {
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly milliseconds: number,
    private readonly work: () => void,
  ) {}

  start(): void {
    this.dispose();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.work();
    }, this.milliseconds);
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
