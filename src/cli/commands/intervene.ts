import { WhenceError } from '../../core/errors';
import { longestContinuation } from '../../core/intervention';
import { integerOf, numberOf, parseOptions } from '../arguments';
import { changeHelp, changeOptionSpecs, changesAsked } from '../changes';
import { type Command, exitFine } from '../command';
import { contextOf } from '../context';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { renderIntervened } from '../render/intervened';
import type { Terminal } from '../terminal';

const help = `
whence intervene [--model M] --prompt FILE|- --set CHANGE … [--steer FILE*X …] [--freeze-attention] [--target TEXT]
                 [--contrast TEXT] [--max-tokens N] [--temperature T] [--seed S] [--language L] [--json]

Changes parts of the model and shows what becomes of the next token and of the continuation, before and after.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; what the model's prompt format puts before a text is added
${changeHelp}
  --target TEXT    asks about this as the next token; its first token counts; without it the model's own choice
  --contrast TEXT  measures the target against this text, of which the first token that differs counts
  --max-tokens N   goes on with at most so many tokens, before and after; 12 without it, 0 for none
  --temperature T  0, as without it, always takes the most probable token
  --seed S         the seed of the random choices at temperatures above 0; 0 without it
  --language L     the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --json           before and after as JSON (schema: intervene.json)
`;

const hottest = 100;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    prompt: { type: 'string' },
    ...changeOptionSpecs,
    target: { type: 'string' },
    contrast: { type: 'string' },
    'max-tokens': { type: 'string' },
    temperature: { type: 'string' },
    seed: { type: 'string' },
    language: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const asked = changesAsked(options);
  if (!options.set && !options.steer) {
    throw new WhenceError('bad-argument', 'A change is needed: --set L3H2=mean, or --steer FILE*STRENGTH.');
  }
  const continuation = integerOf('max-tokens', options['max-tokens'], 12, {
    least: 0,
    most: longestContinuation,
  });
  const temperature = numberOf('temperature', options.temperature, 0, hottest);
  const seed = integerOf('seed', options.seed, 0, { least: 0, most: 2 ** 32 - 1 });
  const prompt = await readPrompt(options.prompt, options.language);

  return withModel(options.model, terminal, async (model) => {
    const { ids } = contextOf(model, prompt, null, terminal);
    terminal.progress('Changing the model');
    const { intervene } = await import('../../engine/change/intervene');
    const found = await intervene(model, {
      ids,
      position: ids.length,
      target: options.target ?? null,
      contrast: options.contrast ?? null,
      changes: await asked(model),
      freezeAttention: options['freeze-attention'],
      continuation,
      sampling: { temperature, topK: 0, topP: 1, seed },
    });
    if (options.json) terminal.json(found);
    else terminal.write(renderIntervened(found, terminal.style));
    return exitFine;
  });
}

export const interveneCommand: Command = {
  name: 'intervene',
  summary: 'changes parts of the model and shows what becomes of the output',
  help,
  run,
};
