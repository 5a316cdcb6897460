import assert from 'node:assert/strict';
import { parseCircuit } from '../../../src/core/circuitFile/parser';
import type { CircuitResult } from '../../../src/core/circuitFile/result';
import { type RunOptions, runCircuit } from '../../../src/engine/circuitTest/run';
import { measureHeads } from '../../../src/engine/explain/heads';
import type { Model } from '../../../src/engine/model';

/** A circuit file without a mistake. */
export function circuitOf(text: string) {
  const { file, diagnostics } = parseCircuit(text);
  assert.deepEqual(diagnostics, []);
  return file!;
}

/** Holds texts against a model; their prompts are in line. Its heads are measured once. */
export function circuitRunner(model: Model) {
  const measured = measureHeads(model);
  return (text: string, options: Partial<RunOptions> = {}): Promise<CircuitResult> => {
    const file = circuitOf(text);
    const prompts = file.prompts.map(({ value }) => ({ text: value, language: file.language }));
    return runCircuit(model, file, { prompts, headScores: () => measured, ...options });
  };
}
