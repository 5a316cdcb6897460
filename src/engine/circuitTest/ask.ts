import { parseCircuit } from '../../core/circuitFile/parser';
import type { CircuitResult } from '../../core/circuitFile/result';
import { WhenceError } from '../../core/errors';
import type { RunCircuitParams } from '../../core/protocol';
import type { Model } from '../model';
import { type RunOptions, runCircuit } from './run';

/**
 * Holds the text of a circuit file against a model, or only those of its expectations that are asked for.
 *
 * @throws WhenceError `bad-input` when the file has a mistake, `bad-argument` when it has no such expectation, and what
 * `runCircuit` throws
 */
export function askCircuit(
  model: Model,
  { text, prompts, expectations, vectors }: RunCircuitParams,
  options: Omit<RunOptions, 'prompts' | 'vectors'>,
): Promise<CircuitResult> {
  const { file, diagnostics } = parseCircuit(text);
  if (!file) {
    throw new WhenceError('bad-input', diagnostics[0]?.message ?? 'The circuit file cannot be read.');
  }
  if (prompts.length !== file.prompts.length) {
    throw new WhenceError(
      'bad-argument',
      `The circuit file names ${file.prompts.length} prompts, and ${prompts.length} were given.`,
    );
  }
  const asked = expectations?.map((index) => {
    const expectation = file.expectations[index];
    if (expectation) return expectation;
    throw new WhenceError('bad-argument', `The circuit file has no expectation ${index + 1}.`);
  });
  const reduced = { ...file, expectations: asked ?? file.expectations };
  return runCircuit(model, reduced, { ...options, prompts, vectors });
}
