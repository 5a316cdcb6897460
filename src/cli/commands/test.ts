import { writeFile } from 'node:fs/promises';
import { WhenceError } from '../../core/errors';
import { runCircuit } from '../../engine/circuitTest/run';
import type { Model } from '../../engine/model';
import { parseOptionsAndFiles } from '../arguments';
import { circuitFiles } from '../circuits/files';
import { junitXml } from '../circuits/junit';
import { type FileOutcome, failed, type ReadCircuit, readCircuit } from '../circuits/outcome';
import { type Command, exitBadInput, exitFailed, exitFine } from '../command';
import { withModel } from '../models';
import { renderOutcome, renderSum } from '../render/circuitTest';
import type { Terminal } from '../terminal';
import { keptScores } from './heads';

const help = `
whence test [--model M] [--json] [--junit FILE] [FILE…]

Runs circuit files: tests that state how a model works, and fail when it no longer does. docs/circuit-language.md is
the language. Exit codes: 0 every expectation holds, 1 one does not, 2 a file cannot be run.

  FILE          a circuit file, or a folder with all those under it; without any the current folder.
                node_modules and hidden folders are passed over
  --model M     a folder, a file or the name of a model found on this machine, in place of the one a file names
  --junit FILE  writes the results to this file as JUnit XML as well
  --json        the results as JSON (schema: test.json)
`;

const optionSpecs = {
  model: { type: 'string' },
  junit: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values: options, positionals } = parseOptionsAndFiles(argv, optionSpecs);
  const files = await circuitFiles(positionals);
  const outcomes = new Map<string, FileOutcome>();
  const byModel = new Map<string | undefined, ReadCircuit[]>();
  for (const file of files) {
    const entry = await readCircuit(file);
    if (!('circuit' in entry)) outcomes.set(entry.file, entry);
    else {
      const name = options.model ?? entry.circuit.model ?? undefined;
      byModel.set(name, [...(byModel.get(name) ?? []), entry]);
    }
  }
  for (const [name, circuits] of byModel) {
    for (const outcome of await withOwnModel(name, circuits, terminal)) outcomes.set(outcome.file, outcome);
  }
  const inOrder = files.map((file) => outcomes.get(file)!);
  if (options.junit !== undefined) await writeReport(options.junit, junitXml(inOrder));
  const code = exitCodeOf(inOrder);
  if (options.json) terminal.json({ schemaVersion: 1, holds: code === exitFine, files: inOrder });
  else {
    for (const outcome of inOrder) terminal.write(`${renderOutcome(outcome, terminal.style)}\n`);
    terminal.write(renderSum(inOrder, terminal.style));
  }
  return code;
}

/** The circuits of one model, which is loaded once. That a file names a missing model is that file's error alone. */
async function withOwnModel(
  name: string | undefined,
  circuits: readonly ReadCircuit[],
  terminal: Terminal,
): Promise<FileOutcome[]> {
  try {
    return await withModel(name, terminal, async (model) => {
      const outcomes: FileOutcome[] = [];
      for (const circuit of circuits) outcomes.push(await outcomeOf(model, circuit, terminal));
      return outcomes;
    });
  } catch (thrown) {
    return circuits.map(({ file }) => failed(file, thrown));
  }
}

async function outcomeOf(model: Model, { file, circuit, prompts, vectors }: ReadCircuit, terminal: Terminal) {
  const { id, sha256, architecture, parameters, precision } = model.info;
  try {
    const result = await runCircuit(model, circuit, {
      prompts,
      vectors,
      headScores: () => keptScores(model, terminal),
      onCase: ({ done, total }) => terminal.progress(`${file}: case ${done} of ${total}`),
    });
    return { file, model: { id, sha256, architecture, parameters, precision }, result, errors: [] };
  } catch (thrown) {
    return failed(file, thrown);
  }
}

function exitCodeOf(outcomes: readonly FileOutcome[]): number {
  if (outcomes.some(({ result }) => !result)) return exitBadInput;
  return outcomes.every(({ result }) => result?.holds) ? exitFine : exitFailed;
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new WhenceError(
      'bad-argument',
      `${path} cannot be written (${code}): give another path to --junit.`,
      {
        cause,
      },
    );
  }
}

export const testCommand: Command = {
  name: 'test',
  summary: 'runs circuit files: tests of how a model works',
  help,
  run,
};
