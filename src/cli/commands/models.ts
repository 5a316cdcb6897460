import { parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { foundModels } from '../models';
import { padEnd } from '../style';
import type { Terminal } from '../terminal';

const help = `
whence models [--json]

Lists the models on this machine that Whence knows of: its own and those in the Hugging Face cache. Any of the names
can be given as --model.

  --json   the list as JSON (schema: models.json)
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, { json: { type: 'boolean', default: false } });
  const models = await foundModels();
  if (options.json) {
    terminal.json({ schemaVersion: 1, models });
    return exitFine;
  }
  const { style } = terminal;
  const widest = Math.max(...models.map(({ id }) => id.length));
  for (const { id, origin, bytes, architecture, path, problem } of models) {
    const size = `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`.padStart(9);
    terminal.write(`${style.strong(padEnd(id, widest))}  ${size}  ${architecture}  ${origin}\n`);
    terminal.write(`  ${style.faint(path)}\n`);
    if (problem) terminal.write(`  ${style.bad(problem)}\n`);
  }
  return exitFine;
}

export const modelsCommand: Command = {
  name: 'models',
  summary: 'lists the models on this machine',
  help,
  run,
};
