/** Calls the listener at every event until it is disposed; a `vscode.Event` does the same. */
export type Listen<T> = (listener: (event: T) => void) => { dispose(): void };

/** Tells listeners. The one of vscode-jsonrpc would take half of the time that activation takes. */
export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => void>();

  readonly event: Listen<T> = (listener) => {
    // The same function may listen twice.
    const own = (event: T) => listener(event);
    this.#listeners.add(own);
    return { dispose: () => this.#listeners.delete(own) };
  };

  fire(event: T): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
