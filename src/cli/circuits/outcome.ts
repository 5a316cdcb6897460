import { dirname, join } from 'node:path';
import type { PromptText } from '../../core/circuitFile/cases';
import { vectorPaths } from '../../core/circuitFile/causes';
import { parseCircuit } from '../../core/circuitFile/parser';
import type { CircuitResult } from '../../core/circuitFile/result';
import { lineAt } from '../../core/circuitFile/spans';
import type { CircuitFile, PromptSource } from '../../core/circuitFile/syntax';
import type { RecordedBound } from '../../core/circuitFile/update';
import { asWhenceError } from '../../core/errors';
import type { ModelIdentity } from '../../core/model';
import { withPlainLineEnds } from '../../core/places';
import type { SteeringVector } from '../../core/steering';
import { readPrompt } from '../prompt';

/** Why a file could not be run. */
export interface FileError {
  /** From 1; null when the mistake is in no single place of the file. */
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** What became of one file: a result, or the reasons why there is none. */
export interface FileOutcome {
  readonly file: string;
  readonly model: ModelIdentity | null;
  readonly result: CircuitResult | null;
  readonly errors: readonly FileError[];
  /** Bounds that were recorded in the file; absent unless that was asked for. */
  readonly recorded?: readonly RecordedBound[];
}

/** A circuit file that was read and can be run. */
export interface ReadCircuit {
  readonly file: string;
  readonly text: string;
  readonly circuit: CircuitFile;
  readonly prompts: readonly PromptText[];
  /** The steering vectors that the file names, by the paths that it writes. */
  readonly vectors: Readonly<Record<string, SteeringVector>>;
}

/** Reads a circuit file and the prompts that it names. */
export async function readCircuit(file: string): Promise<ReadCircuit | FileOutcome> {
  try {
    const { text } = await readPrompt(file, 'none');
    const { file: circuit, diagnostics } = parseCircuit(text);
    if (circuit) {
      const folder = dirname(file);
      const prompts = await promptsOf(circuit.prompts, circuit.language, folder);
      return { file, text, circuit, prompts, vectors: await vectorsOf(circuit, folder) };
    }
    const errors = diagnostics.map(({ start, message }) => ({ ...placeIn(text, start), message }));
    return { file, model: null, result: null, errors };
  } catch (thrown) {
    return failed(file, thrown);
  }
}

/** The outcome of a file that something is wrong with; a defect of Whence's own is thrown on. */
export function failed(file: string, thrown: unknown): FileOutcome {
  const error = asWhenceError(thrown);
  if (error.code === 'internal') throw error;
  return { file, model: null, result: null, errors: [{ line: null, column: null, message: error.message }] };
}

/** The texts of prompts, those that stand in files read from beside the file that names them. */
export async function promptsOf(
  prompts: readonly PromptSource[],
  language: string | null,
  folder: string,
): Promise<PromptText[]> {
  const texts: PromptText[] = [];
  for (const { kind, value } of prompts) {
    if (kind === 'inline') texts.push({ text: value, language });
    else {
      const read = await readPrompt(join(folder, value), undefined);
      texts.push({ text: withPlainLineEnds(read.text), language: read.language ?? language });
    }
  }
  return texts;
}

async function vectorsOf({ expectations }: CircuitFile, folder: string) {
  const vectors: Record<string, SteeringVector> = {};
  for (const path of vectorPaths(expectations)) {
    const { readSteering } = await import('../../engine/change/valuesFile');
    vectors[path] = await readSteering(join(folder, path));
  }
  return vectors;
}

function placeIn(text: string, offset: number): { line: number; column: number } {
  return { line: lineAt(text, offset) + 1, column: offset - text.lastIndexOf('\n', offset - 1) };
}
