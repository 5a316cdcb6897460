import { join } from 'node:path';
import { showCount } from '../../core/display';
import { WhenceError } from '../../core/errors';
import type { GenerateParams, GenerateResult } from '../../core/generation';
import type { Message } from '../../engine/chat/render';
import type { Model } from '../../engine/model';
import type { GenerateOptions } from '../../engine/run/generate';
import { integerOf, numberOf, parseOptions } from '../arguments';
import { steeringOf } from '../changes';
import { type Command, exitFine } from '../command';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { visibleText } from '../render/visible';
import type { Terminal } from '../terminal';

const help = `
whence generate [--model M] --prompt FILE|- [--suffix FILE] | --chat TEXT [--system TEXT] [--max-tokens N] [--temperature T] [--seed S]
                [--steer FILE*X] [--fast] [--language L] [--json]

Lets the model go on with a text. Prints the continuation; with --json also what the model computed of every token.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; what the model's prompt format puts before a text is added
  --suffix FILE    text that follows what is to be written, for models that learnt to fill in the middle
  --chat TEXT      what somebody says to the model, which answers; for models that have a chat template
  --system TEXT    what the model is told before that
  --max-tokens N   at most so many tokens; 64 without it
  --temperature T  0, as without it, always takes the most probable token
  --seed S         the seed of the random choices at temperatures above 0; 0 without it
  --steer FILE*X   adds a steering vector (whence steer makes them) X times, everywhere after its layer; what --json says of
                   the tokens is of the model without it
  --fast           multiplies matrices in Q8_0 or Q4_0 as the file has them, where fp32 is what is explained otherwise: what
                   --json says of the tokens is of fp32, and how many it would not have chosen is told
  --language L     the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --json           the continuation as JSON (schema: generate.json)
`;

const optionSpecs = {
  model: { type: 'string' },
  prompt: { type: 'string' },
  suffix: { type: 'string' },
  chat: { type: 'string' },
  system: { type: 'string' },
  'max-tokens': { type: 'string' },
  temperature: { type: 'string' },
  seed: { type: 'string' },
  steer: { type: 'string' },
  fast: { type: 'boolean', default: false },
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
  const start = await startOf(options);
  const steering = options.steer === undefined ? null : await steeringOf(options.steer);

  return withModel(options.model, terminal, async (model) => {
    let written = 0;
    const result = await start(
      model,
      {
        maxTokens,
        stopAt: 'limit',
        sampling: { temperature, topK: 0, topP: 1, seed },
        ...(steering && { steering }),
        fast: options.fast,
      },
      { onToken: () => terminal.progress(`Writing: ${showCount(++written, 'token')}`) },
    );
    if (result.truncation) {
      const { characters } = result.truncation;
      terminal.note(
        `The prompt is longer than the ${model.info.contextLength} tokens of ${model.info.id}: its first ${characters} characters were left out.`,
      );
    }
    if (result.differing !== undefined) {
      const written = showCount(result.generated.length, 'token');
      terminal.note(
        `Written in the arithmetic of the quantised file: ${result.differing} of ${written} would not have been chosen alike in fp32.`,
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

type Settings = Omit<GenerateParams, 'text' | 'suffix' | 'language'>;
type Start = (model: Model, settings: Settings, options: GenerateOptions) => Promise<GenerateResult>;

/** What the model goes on with: a text, or a conversation. */
async function startOf(options: {
  readonly prompt?: string | undefined;
  readonly suffix?: string | undefined;
  readonly language?: string | undefined;
  readonly chat?: string | undefined;
  readonly system?: string | undefined;
}): Promise<Start> {
  const { chat, system } = options;
  if (chat === undefined) {
    if (system !== undefined)
      throw new WhenceError('bad-argument', '--system goes with --chat: give what is said to the model too.');
    const prompt = await readPrompt(options.prompt, options.language);
    const suffix = options.suffix === undefined ? undefined : (await readPrompt(options.suffix, 'none')).text;
    return async (model, settings, generating) => {
      const { generate } = await import('../../engine/run/generate');
      if (suffix !== undefined) requireFillInMiddle(model);
      return generate(model, { ...prompt, ...settings, suffix }, generating);
    };
  }
  if (options.prompt !== undefined || options.suffix !== undefined) {
    throw new WhenceError('bad-argument', '--chat is the whole prompt: leave out --prompt and --suffix.');
  }
  const told: Message[] = system === undefined ? [] : [{ role: 'system', content: system }];
  return async (model, settings, generating) => {
    const { chatIds } = await import('../../engine/chat/ask');
    const { generateFrom } = await import('../../engine/run/generate');
    const messages: readonly Message[] = [...told, { role: 'user', content: chat }];
    const ids = await chatIds(model, messages, { worker: join(__dirname, 'template.js') });
    return generateFrom(model, ids, { ...settings, language: null }, generating);
  };
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
