import { writeFile } from 'node:fs/promises';
import { recorded } from '../../core/circuitFile/update';
import { WhenceError } from '../../core/errors';
import { identityOf } from '../../core/model';
import { runCircuit } from '../../engine/circuitTest/run';
import type { Model } from '../../engine/model';
import { keptScores } from '../commands/heads';
import { withModel } from '../models';
import type { Terminal } from '../terminal';
import { type FileOutcome, failed, type ReadCircuit, readCircuit } from './outcome';

export interface RunFilesOptions {
  /** In place of the models that the files name. */
  readonly model: string | undefined;
  /** Record the measured bounds in the files. */
  readonly update: boolean;
}

/** What becomes of each file, in their order. Each model is loaded once. */
export async function runFiles(
  files: readonly string[],
  { model, update }: RunFilesOptions,
  terminal: Terminal,
): Promise<readonly FileOutcome[]> {
  const outcomes = new Map<string, FileOutcome>();
  const byModel = new Map<string | undefined, ReadCircuit[]>();
  for (const file of files) {
    const entry = await readCircuit(file);
    if (!('circuit' in entry)) outcomes.set(entry.file, entry);
    else {
      const name = model ?? entry.circuit.model ?? undefined;
      byModel.set(name, [...(byModel.get(name) ?? []), entry]);
    }
  }
  for (const [name, circuits] of byModel) {
    for (const outcome of await withOwnModel(name, circuits, update, terminal)) {
      outcomes.set(outcome.file, outcome);
    }
  }
  return files.map((file) => outcomes.get(file)!);
}

/** The circuits of one model, which is loaded once. That a file names a missing model is that file's error alone. */
async function withOwnModel(
  name: string | undefined,
  circuits: readonly ReadCircuit[],
  update: boolean,
  terminal: Terminal,
): Promise<FileOutcome[]> {
  try {
    return await withModel(name, terminal, async (model) => {
      const outcomes: FileOutcome[] = [];
      for (const circuit of circuits) {
        const outcome = await outcomeOf(model, circuit, terminal);
        outcomes.push(update ? await record(circuit, outcome) : outcome);
      }
      return outcomes;
    });
  } catch (thrown) {
    return circuits.map(({ file }) => failed(file, thrown));
  }
}

async function outcomeOf(
  model: Model,
  { file, circuit, prompts, vectors }: ReadCircuit,
  terminal: Terminal,
): Promise<FileOutcome> {
  try {
    const result = await runCircuit(model, circuit, {
      prompts,
      vectors,
      headScores: () => keptScores(model, terminal),
      onCase: ({ done, total }) => terminal.progress(`${file}: case ${done} of ${total}`),
    });
    return { file, model: identityOf(model.info), result, errors: [] };
  } catch (thrown) {
    return failed(file, thrown);
  }
}

async function record({ file, text, circuit }: ReadCircuit, outcome: FileOutcome): Promise<FileOutcome> {
  if (!outcome.result) return outcome;
  const { text: written, bounds, result } = recorded(text, circuit, outcome.result);
  if (written !== text) await writeText(file, written, 'make it writable');
  return { ...outcome, result, recorded: bounds };
}

/** Throws `bad-argument` with the sentence's end where the path cannot be written. */
export async function writeText(path: string, text: string, otherwise: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new WhenceError('bad-argument', `${path} cannot be written (${code}): ${otherwise}.`, { cause });
  }
}
