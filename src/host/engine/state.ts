import type { WhenceError } from '../../core/errors';
import type { ModelInfo } from '../../core/model';

/**
 * What the engine is doing, for the status item. `stopped` costs nothing: the next question starts it. `failed` says
 * why; after a problem with the model the next question tries again, after too many crashes only a restart helps.
 * A model is null as long as nothing was asked of one.
 */
export type EngineState =
  | { readonly phase: 'stopped' }
  | { readonly phase: 'starting' }
  | { readonly phase: 'loading'; readonly path: string; readonly message: string | null }
  | { readonly phase: 'ready'; readonly model: ModelInfo | null; readonly pid: number }
  | {
      readonly phase: 'busy';
      readonly model: ModelInfo | null;
      readonly pid: number;
      readonly questions: number;
    }
  | { readonly phase: 'failed'; readonly error: WhenceError };

/** Whether a listener would be told nothing new. */
export function sameState(a: EngineState, b: EngineState): boolean {
  const fields = (state: EngineState) => Object.entries(state).flat();
  const [left, right] = [fields(a), fields(b)];
  return left.length === right.length && left.every((value, index) => value === right[index]);
}
