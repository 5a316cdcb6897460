import { WhenceError } from '../../core/errors';
import { parseOptionsAndFiles } from '../arguments';
import { differencesOf, isBroken } from '../circuits/differences';
import { circuitKind, filesOf } from '../circuits/files';
import { junitXml } from '../circuits/junit';
import type { FileOutcome } from '../circuits/outcome';
import { runFiles, writeText } from '../circuits/run';
import { type Command, exitBadInput, exitFailed, exitFine } from '../command';
import { renderDifferences } from '../render/circuitDifferences';
import { renderOutcome, renderSum } from '../render/circuitTest';
import type { Terminal } from '../terminal';

const help = `
whence test [--model M] [--against M] [--update] [--json] [--junit FILE] [FILE…]

Runs circuit files: tests that state how a model works, and fail when it no longer does. docs/circuit-language.md is
the language. Exit codes: 0 every expectation holds, 1 one does not, 2 a file cannot be run.

  FILE          a circuit file, or a folder with all those under it; without any the current folder.
                node_modules and hidden folders are passed over
  --model M     a folder, a file or the name of a model found on this machine, in place of the one a file names
  --against M   a second model for the same files: what holds in both, and what broke. Exit code 1 where something broke
  --update      writes the bounds in the files anew, around what was measured; nothing else in them changes
  --junit FILE  writes the results to this file as JUnit XML as well
  --json        the results as JSON (schema: test.json)
`;

const optionSpecs = {
  model: { type: 'string' },
  against: { type: 'string' },
  update: { type: 'boolean', default: false },
  junit: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values: options, positionals } = parseOptionsAndFiles(argv, optionSpecs);
  const { model, against, update, junit, json } = options;
  if (against !== undefined && (update || junit !== undefined)) {
    throw new WhenceError(
      'bad-argument',
      '--against compares two models: leave out --update and --junit, or run them by themselves.',
    );
  }
  const files = await filesOf(circuitKind, positionals);
  const outcomes = await runFiles(files, { model, update }, terminal);
  if (against !== undefined) {
    const others = await runFiles(files, { model: against, update }, terminal);
    return compare(outcomes, others, json, terminal);
  }
  if (junit !== undefined) await writeText(junit, junitXml(outcomes), 'give another path to --junit');
  const code = exitCodeOf(outcomes);
  if (json) terminal.json({ schemaVersion: 1, holds: code === exitFine, files: outcomes });
  else {
    for (const outcome of outcomes) terminal.write(`${renderOutcome(outcome, terminal.style)}\n`);
    terminal.write(renderSum(outcomes, terminal.style));
  }
  return code;
}

/** What holds in both models, and what broke from the first to the second. */
function compare(
  first: readonly FileOutcome[],
  second: readonly FileOutcome[],
  json: boolean,
  terminal: Terminal,
): number {
  const differences = differencesOf(first, second);
  const ran = [...first, ...second].every(({ result }) => result);
  const code = !ran ? exitBadInput : differences.some(isBroken) ? exitFailed : exitFine;
  if (json) {
    const holds = code === exitFine;
    terminal.json({ schemaVersion: 1, holds, files: first, against: second, differences });
  } else terminal.write(renderDifferences(first, second, differences, terminal.style));
  return code;
}

function exitCodeOf(outcomes: readonly FileOutcome[]): number {
  if (outcomes.some(({ result }) => !result)) return exitBadInput;
  return outcomes.every(({ result }) => result?.holds) ? exitFine : exitFailed;
}

export const testCommand: Command = {
  name: 'test',
  summary: 'runs circuit files: tests of how a model works',
  help,
  run,
};
