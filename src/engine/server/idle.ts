/** Node's timers hold a 32-bit number of milliseconds; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** Calls back after a time in which nothing was under way. */
export class IdleTimer {
  #timer: NodeJS.Timeout | null = null;
  #milliseconds = longestTimer;
  #underWay = 0;

  constructor(private readonly onIdle: () => void) {}

  start(seconds: number): void {
    this.#milliseconds = Math.min(seconds * 1000, longestTimer);
    this.#arm();
  }

  /** Notes that something is under way until `work` settles. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    this.#arm();
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#arm();
    }
  }

  #arm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = this.#underWay === 0 ? setTimeout(this.onIdle, this.#milliseconds) : null;
  }
}
