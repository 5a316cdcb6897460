/** What kind of thing went wrong: the host chooses by it what to offer, and tests assert on it. */
export type ErrorCode =
  | 'bad-argument'
  | 'bad-input'
  | 'model-missing'
  | 'model-broken'
  | 'model-unsupported'
  | 'tokenizer-mismatch'
  | 'platform-unsupported'
  | 'out-of-memory'
  | 'storage'
  | 'engine-stopped'
  | 'cancelled'
  | 'internal';

/**
 * An error a person can act on. The message names the thing, the reason and the next step in a sentence or two;
 * whatever else helps a developer goes into `cause` and from there into the log.
 */
export class WhenceError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'WhenceError';
  }
}

/** Thrown when the asker withdrew the question; never shown to anybody. */
export function cancelled(): WhenceError {
  return new WhenceError('cancelled', 'The question was withdrawn.');
}

/** Any thrown value as a WhenceError; what was not one is `internal`, with the original as its cause. */
export function asWhenceError(thrown: unknown): WhenceError {
  if (thrown instanceof WhenceError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new WhenceError('internal', message, { cause: thrown });
}
