import type { Terminal } from './terminal';

/** A subcommand of `whence`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole help text, beginning with the usage line. */
  readonly help: string;
  /** Runs with the arguments after the subcommand's name; resolves to the exit code. */
  readonly run: (argv: readonly string[], terminal: Terminal) => Promise<number>;
}

export const exitFine = 0;
/** A test does not hold. */
export const exitFailed = 1;
/** Bad usage or input, told in one sentence. */
export const exitBadInput = 2;
