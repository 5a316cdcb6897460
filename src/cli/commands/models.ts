import { showBytes } from '../../core/display';
import { parseOptionsAndFiles } from '../arguments';
import { type Command, exitFine } from '../command';
import { foundModels } from '../models';
import { padEnd } from '../style';
import type { Terminal } from '../terminal';

const help = `
whence models [FOLDER …] [--json]

Lists the models on this machine: Whence's own, those in the folders named, and those that Hugging Face's libraries, Ollama,
LM Studio, llama.cpp and GPT4All have fetched. Any of the names can be given as --model; one in a folder, by its path.
Of each: its size on the disk, and the memory it takes on a text of 512 tokens beside what is free.

  --json   the list as JSON (schema: models.json)
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseOptionsAndFiles(argv, { json: { type: 'boolean', default: false } });
  const models = await foundModels(positionals);
  if (values.json) {
    terminal.json({ schemaVersion: 1, models });
    return exitFine;
  }
  const { style } = terminal;
  const widest = Math.max(...models.map(({ id }) => id.length));
  for (const { id, origin, bytes, architecture, memoryNeeded, fits, path, problem } of models) {
    const size = showBytes(bytes).padStart(9);
    terminal.write(`${style.strong(padEnd(id, widest))}  ${size}  ${architecture}  ${origin}\n`);
    const memory = memoryNeeded === null ? '' : `  takes ${showBytes(memoryNeeded)} of memory`;
    terminal.write(`  ${style.faint(path)}${fits === false ? '' : style.faint(memory)}\n`);
    if (fits === false) terminal.write(`  ${style.bad(`${memory.trim()}, more than is free`)}\n`);
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
