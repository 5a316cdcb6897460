import { WhenceError } from '../../core/errors';
import { steeringPlaces } from '../../core/steering';
import { splitExamples } from '../../core/steeringExamples';
import { writeWhole } from '../../engine/partial';
import { integerOf, oneOf, parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import type { Terminal } from '../terminal';

const help = `
whence steer [--model M] --toward FILE … --away FILE … [--layer N] [--at WHERE] [--name NAME] [--language L] --out F.json

Makes a steering vector: the direction in the residual stream from some examples to others, as the difference of their
means. whence intervene --steer F.json*4 adds it to a run, four times; docs/interventions.md tells more.

  --model M      a folder, a file or the name of a model found on this machine; without it the embedded one
  --toward FILE  examples of what is wanted, with a line --- between each two; may be given several times
  --away FILE    examples of what is not wanted, alike
  --layer N      reads the stream after this layer, counted from 0; without it the one in the middle
  --at WHERE     last: reads each example at its last token; mean: on the mean over its tokens; without it last
  --name NAME    what the vector is called; without it the file's name
  --language L   the examples' language as VS Code names it, or none; without it, what the first file's name tells
  --out F.json   where to write the vector
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    toward: { type: 'string', multiple: true },
    away: { type: 'string', multiple: true },
    layer: { type: 'string' },
    at: { type: 'string', default: 'last' },
    name: { type: 'string' },
    language: { type: 'string' },
    out: { type: 'string' },
  });
  const { out } = options;
  if (!out) throw new WhenceError('bad-argument', 'A place for the vector is needed: --out F.json.');
  if (!options.toward || !options.away) {
    throw new WhenceError(
      'bad-argument',
      'Examples of both sides are needed: --toward FILE and --away FILE.',
    );
  }
  const at = oneOf('at', options.at, steeringPlaces);
  const layer = integerOf('layer', options.layer, null, { least: 0, most: 1e6 });
  const { language } = await readPrompt(options.toward[0], options.language);
  const toward = await examplesIn(options.toward);
  const away = await examplesIn(options.away);

  return withModel(options.model, terminal, async (model) => {
    const { makeSteering } = await import('../../engine/change/steering');
    const vector = await makeSteering(
      model,
      {
        name: options.name ?? out.replace(/^.*[\\/]/, '').replace(/\.json$/, ''),
        layer: layer ?? Math.floor(model.info.layers / 2),
        toward,
        away,
        language,
        at,
      },
      { onProgress: (fraction) => terminal.progress(`Reading the examples: ${Math.round(100 * fraction)}%`) },
    );
    await writeWhole(out, `${JSON.stringify(vector)}\n`).catch((cause: NodeJS.ErrnoException) => {
      const message = `${out} cannot be written (${cause.code}): give another place for the vector with --out.`;
      throw new WhenceError('storage', message, { cause });
    });
    const length = Math.hypot(...vector.values);
    terminal.write(
      `${terminal.style.strong(vector.name)}: after layer ${vector.layer} of ${model.info.id}, from ${vector.toward} and ${vector.away} examples. ` +
        `Its length is ${length.toFixed(2)}, the stream's there ${vector.streamLength.toFixed(2)}.\nWritten to ${out}.\n`,
    );
    return exitFine;
  });
}

/** The examples in some files, apart where a line says ---. The line break before it is not part of an example. */
async function examplesIn(files: readonly string[]): Promise<string[]> {
  const examples: string[] = [];
  for (const file of files) {
    const { text } = await readPrompt(file, 'none');
    examples.push(...splitExamples(text));
  }
  return examples;
}

export const steerCommand: Command = {
  name: 'steer',
  summary: 'makes a steering vector from two sets of examples',
  help,
  run,
};
