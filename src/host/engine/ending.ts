/** How the engine's process ended: on request, by itself (idle), or neither. */
export interface Ending {
  readonly how: 'asked' | 'idle' | 'crashed';
  /** For the log and for errors: `exit code 1`, `killed by SIGKILL`. */
  readonly description: string;
}

/** Thrown by a question whose process ended before it answered. */
export class Interrupted extends Error {
  constructor(readonly ending: Ending) {
    super(`The engine's process ended: ${ending.description}.`);
    this.name = 'Interrupted';
  }
}
