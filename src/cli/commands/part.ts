import { WhenceError } from '../../core/errors';
import { identityOf } from '../../core/model';
import { evidenceOf } from '../../core/partIndex/evidence';
import { checkOwner } from '../../core/partIndex/owner';
import { indexOf, readIndex } from '../../engine/partIndex/store';
import { parseOptionsAndFiles } from '../arguments';
import { type Command, exitFine } from '../command';
import { cacheFolder, withModel } from '../models';
import { renderPart } from '../render/part';
import type { Terminal } from '../terminal';

const help = `
whence part PART [--model M] [--index FILE] [--json]

Shows what a model's index knows of one of its parts: a head as L3H2 or a neuron as L3N118, layers and parts counted
from 0. Where it is most active, how often, what it promotes, and a name, where a rule has one with support.

  --model M     a folder, a file or the name of a model found on this machine; without it the embedded one
  --index FILE  an index that whence index wrote; without it the one made on this machine, or the model's own
  --json        what is known as JSON (schema: part.json)
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values: options, positionals } = parseOptionsAndFiles(argv, {
    model: { type: 'string' },
    index: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) {
    throw new WhenceError('bad-argument', 'Name one part, as in whence part L3H2 or whence part L3N118.');
  }
  return withModel(options.model, terminal, async (model) => {
    const file =
      options.index === undefined ? await indexOf(model, cacheFolder()) : await readIndex(options.index);
    if (!file) {
      throw new WhenceError('bad-argument', `${model.info.id} has no index yet: make it with whence index.`);
    }
    checkOwner(file, model.info);
    const part = evidenceOf(file, name, (id) => model.tokenizer.textOf(id));
    const { corpus } = file.header;
    if (options.json) terminal.json({ schemaVersion: 1, model: identityOf(model.info), corpus, part });
    else terminal.write(renderPart({ part, corpus }, terminal.style));
    return exitFine;
  });
}

export const partCommand: Command = {
  name: 'part',
  summary: 'shows what is known of one neuron or head',
  help,
  run,
};
