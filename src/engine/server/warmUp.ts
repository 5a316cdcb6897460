/** So long nobody asked anything: then the next question is not being typed or on its way. */
const rest = 200;

/**
 * Does what every first question would wait for while nobody asks anything. A question stops it, within one run of a
 * graph; it goes on in the next pause, where what is done already costs nothing.
 */
export class WarmUp {
  #underWay = 0;
  #timer: NodeJS.Timeout | null = null;
  #stop: AbortController | null = null;
  #wanted = false;

  /** @param work is told to stop by the signal, and throws then */
  constructor(private readonly work: (signal: AbortSignal) => Promise<void>) {}

  /** From now on there is something to do: in the next pause. */
  want(): void {
    this.#wanted = true;
  }

  /** Notes that a question is under way until it settles. */
  async during<T>(question: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    if (this.#timer) clearTimeout(this.#timer);
    this.#stop?.abort();
    try {
      return await question();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#wanted) this.#timer = setTimeout(() => void this.#begin(), rest);
    }
  }

  async #begin(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    this.#wanted = false;
    // What fails here fails again where somebody asked for it, and is told there.
    await this.work(stop.signal).catch(() => undefined);
    if (stop.signal.aborted) this.#wanted = true;
    this.#stop = null;
  }
}
