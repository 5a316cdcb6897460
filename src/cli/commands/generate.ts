import { showCount } from '../../core/display';
import { WhenceError } from '../../core/errors';
import type { Model } from '../../engine/model';
import { integerOf, numberOf, parseOptions } from '../arguments';
import { steeringOf } from '../changes';
import { type Command, exitFine } from '../command';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { visibleText } from '../render/visible';
import type { Terminal } from '../terminal';

const help = `
whence generate [--model M] --prompt FILE|- [--suffix FILE] [--max-tokens N] [--temperature T] [--seed S]
                [--steer FILE*X] [--language L] [--json]

Lets the model go on with a text. Prints the continuation; with --json also what the model computed of every token.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; what the model's prompt format puts before a text is added
  --suffix FILE    text that follows what is to be written, for models that learnt to fill in the middle
  --max-tokens N   at most so many tokens; 64 without it
  --temperature T  0, as without it, always takes the most probable token
  --seed S         the seed of the random choices at temperatures above 0; 0 without it
  --steer FILE*X   adds a steering vector (whence steer makes them) X times, everywhere after its layer; what --json says of
                   the tokens is of the model without it
  --language L     the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --json           the continuation as JSON (schema: generate.json)
`;

const optionSpecs = {
  model: { type: 'string' },
  prompt: { type: 'string' },
  suffix: { type: 'string' },
  'max-tokens': { type: 'string' },
  temperature: { type: 'string' },
  seed: { type: 'string' },
  steer: { type: 'string' },
  language: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const mostTokens = 1_000_000;
const hottest = 100;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, optionSpecs);
  if (options.seed !== undefined && options.temperature === undefined) {
    throw new WhenceError(
      'bad-argument',
      '--seed says nothing without --temperature: the most probable token is always taken. Give a temperature above 0.',
    );
  }
  const maxTokens = integerOf('max-tokens', options['max-tokens'], 64, { least: 1, most: mostTokens });
  const temperature = numberOf('temperature', options.temperature, 0, hottest);
  const seed = integerOf('seed', options.seed, 0, { least: 0, most: 2 ** 32 - 1 });
  const prompt = await readPrompt(options.prompt, options.language);
  const suffix = options.suffix === undefined ? undefined : (await readPrompt(options.suffix, 'none')).text;
  const steering = options.steer === undefined ? null : await steeringOf(options.steer);

  return withModel(options.model, terminal, async (model) => {
    const { generate } = await import('../../engine/run/generate');
    if (suffix !== undefined) requireFillInMiddle(model);
    let written = 0;
    const result = await generate(
      model,
      {
        ...prompt,
        suffix,
        maxTokens,
        stopAt: 'limit',
        sampling: { temperature, topK: 0, topP: 1, seed },
        ...(steering && { steering }),
      },
      { onToken: () => terminal.progress(`Writing: ${showCount(++written, 'token')}`) },
    );
    if (result.truncation) {
      const { characters } = result.truncation;
      terminal.note(
        `The prompt is longer than the ${model.info.contextLength} tokens of ${model.info.id}: its first ${characters} characters were left out.`,
      );
    }
    if (options.json) {
      const { id, sha256, architecture, parameters, precision } = model.info;
      terminal.json({
        schemaVersion: 1,
        model: { id, sha256, architecture, parameters, precision },
        text: result.text,
        tokens: result.generated.map(({ statistics, ...token }) => ({ ...token, ...statistics })),
        stop: result.stop,
        truncation: result.truncation,
      });
    } else {
      terminal.write(`${visibleText(result.text)}\n`);
    }
    return exitFine;
  });
}

/** In the editor such a model does without the text behind the cursor; who gives one here wants it read. */
function requireFillInMiddle({ tokenizer, info }: Model): void {
  if (tokenizer.fillInMiddle) return;
  throw new WhenceError(
    'bad-argument',
    `${info.id} has no tokens for filling in the middle, so it cannot read --suffix: leave it out, or choose another model.`,
  );
}

export const generateCommand: Command = {
  name: 'generate',
  summary: 'lets the model go on with a text',
  help,
  run,
};
