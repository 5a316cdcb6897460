import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { asWhenceError, WhenceError } from '../../core/errors';
import type { ErrorData } from '../../core/protocol';

/** As the Language Server Protocol numbers them; JSON-RPC itself has no numbers for these. */
const requestCancelled = -32800;
const requestFailed = -32803;

/** What allocation failures say for themselves: V8's typed arrays, C++, ONNX Runtime's arena. */
const allocationFailure =
  /array buffer allocation failed|invalid typed array length|bad_alloc|failed to allocate/i;

/** Whatever a handler threw as the JSON-RPC error that the asker gets: a sentence for people, the rest for the log. */
export function toResponseError(request: string, thrown: unknown): ResponseError<ErrorData> {
  const error = describe(request, thrown);
  const stack = error.code === 'cancelled' ? null : stackOf(error);
  const number =
    error.code === 'cancelled'
      ? requestCancelled
      : error.code === 'internal'
        ? ErrorCodes.InternalError
        : requestFailed;
  return new ResponseError(number, error.message, { code: error.code, stack });
}

function describe(request: string, thrown: unknown): WhenceError {
  if (thrown instanceof WhenceError) return thrown;
  const { message } = asWhenceError(thrown);
  if (allocationFailure.test(message)) {
    const sentence = `There is not enough memory for this (${request}). Close something, choose a smaller model, or shorten the text.`;
    return new WhenceError('out-of-memory', sentence, { cause: thrown });
  }
  const sentence = `Something went wrong inside Whence's engine (${request}: ${message}). Whence: Show Log has the details; please report them.`;
  return new WhenceError('internal', sentence, { cause: thrown });
}

/** The trace of an error that had a cause, or is unexpected itself; null for what only concerns people. */
function stackOf(error: WhenceError): string | null {
  if (error.cause === undefined) return error.code === 'internal' ? (error.stack ?? null) : null;
  return error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause);
}
