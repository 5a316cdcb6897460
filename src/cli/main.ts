#!/usr/bin/env node
// The command line: `whence SUBCOMMAND …`. Results go to standard output, progress and errors to standard error.
import { version } from '../../package.json';
import { asWhenceError, WhenceError } from '../core/errors';
import { type Command, exitBadInput, exitFine } from './command';
import { auditCommand } from './commands/audit';
import { circuitCommand } from './commands/circuit';
import { edgesCommand } from './commands/edges';
import { explainCommand } from './commands/explain';
import { generateCommand } from './commands/generate';
import { headsCommand } from './commands/heads';
import { indexCommand } from './commands/index';
import { interveneCommand } from './commands/intervene';
import { modelsCommand } from './commands/models';
import { partCommand } from './commands/part';
import { runCommand } from './commands/run';
import { steerCommand } from './commands/steer';
import { testCommand } from './commands/test';
import { traceCommand } from './commands/trace';
import { processTerminal, type Terminal } from './terminal';

const commands: readonly Command[] = [
  explainCommand,
  traceCommand,
  edgesCommand,
  testCommand,
  auditCommand,
  generateCommand,
  runCommand,
  interveneCommand,
  circuitCommand,
  steerCommand,
  headsCommand,
  indexCommand,
  partCommand,
  modelsCommand,
];

function overview(): string {
  const widest = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  whence ${name.padEnd(widest)}  ${summary}`);
  return [
    'Whence explains the output of a language model by looking inside it.',
    '',
    ...list,
    '',
    'whence SUBCOMMAND --help tells more; whence --version prints the version.',
    'Results go to standard output, progress to standard error. Exit codes: 0 fine, 1 a test failed, 2 bad usage or input.',
    '',
  ].join('\n');
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    terminal.write(overview());
    return name === undefined ? exitBadInput : exitFine;
  }
  if (name === '--version' || name === '-v') {
    terminal.write(`${version}\n`);
    return exitFine;
  }
  const command = commands.find((known) => known.name === name);
  if (!command) {
    throw new WhenceError(
      'bad-argument',
      `There is no subcommand ${JSON.stringify(name)}: whence --help lists them.`,
    );
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.write(`${command.help.trim()}\n`);
    return exitFine;
  }
  return command.run(rest, terminal);
}

async function main(): Promise<void> {
  const terminal = processTerminal();
  try {
    process.exitCode = await dispatch(process.argv.slice(2), terminal);
  } catch (thrown) {
    const error = asWhenceError(thrown);
    const message = error.message.replaceAll(/\s*\n\s*/g, ' ');
    terminal.note(
      error.code === 'internal' ? `Whence failed, which is a defect of its own: ${message}` : message,
    );
    process.exitCode = exitBadInput;
  }
}

void main();
