/** A crashed engine is restarted at most `most` times within `withinMs`; then it stays down until the user restarts it. */
export interface RestartLimit {
  readonly most: number;
  readonly withinMs: number;
}

/** What the language client of VS Code does as well: 4 restarts in 3 minutes. */
export const restartLimit: RestartLimit = { most: 4, withinMs: 3 * 60_000 };

/** Counts crashes against a limit. */
export class Restarts {
  #crashes: number[] = [];

  constructor(
    private readonly limit: RestartLimit,
    private readonly now: () => number = Date.now,
  ) {}

  /** Notes a crash; false when it was one too many. */
  crashed(): boolean {
    const now = this.now();
    this.#crashes = this.#crashes.filter((time) => now - time < this.limit.withinMs);
    this.#crashes.push(now);
    return this.#crashes.length <= this.limit.most;
  }

  /** The user asked for a fresh start. */
  forget(): void {
    this.#crashes = [];
  }
}
