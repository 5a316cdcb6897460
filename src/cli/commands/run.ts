import type { Change } from '../../core/change/change';
import { printChange } from '../../core/change/changeText';
import { showCount, showProbability, showToken } from '../../core/display';
import { WhenceError } from '../../core/errors';
import { checkPlan, interventionsOf } from '../../engine/change/interventions';
import { patternsOf } from '../../engine/change/logits';
import { Distribution } from '../../engine/explain/distribution';
import type { ForwardResult, Model } from '../../engine/model';
import type { Tensor } from '../../engine/tensor';
import { idsOf, parseOptions } from '../arguments';
import { changeHelp, changeOptionSpecs, changesAsked } from '../changes';
import { type Command, exitFine } from '../command';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { writeSafetensors } from '../safetensors';
import type { Terminal } from '../terminal';

const help = `
whence run [--model M] --prompt FILE|- | --tokens 1,2,3 [--hooks NAME,…] [--set CHANGE …] [--steer FILE*X …]
           [--freeze-attention] [--out F.safetensors] [--language L] [--json]

Runs the model once over a text or over token ids, as it is or with changes, and writes what it computed on the way.

  --model M      a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE  a text file, or - for standard input; what the model's prompt format puts before a text is added
  --tokens IDS   token ids separated by commas, taken as they are; needs no tokenizer
  --hooks NAMES  what to bring back, by TransformerLens's names and separated by commas: blocks.3.attn.hook_pattern
${changeHelp}
  --out FILE     writes the hooks, and logits [tokens, vocabulary], as fp32 tensors without a batch dimension
  --language L   the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --json         a summary as JSON (schema: run.json)
`;

const optionSpecs = {
  model: { type: 'string' },
  prompt: { type: 'string' },
  tokens: { type: 'string' },
  hooks: { type: 'string' },
  ...changeOptionSpecs,
  out: { type: 'string' },
  language: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** How many of the next token's candidates the summary lists. */
const nextCount = 10;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, optionSpecs);
  if ((options.tokens === undefined) === (options.prompt === undefined)) {
    throw new WhenceError('bad-argument', 'whence run takes either --prompt FILE or --tokens 1,2,3.');
  }
  const asked = changesAsked(options);
  const given = options.tokens === undefined ? null : idsOf(options.tokens);
  const prompt = given ? null : await readPrompt(options.prompt, options.language);
  const hooks = [...new Set((options.hooks ?? '').split(',').map((name) => name.trim()))].filter(Boolean);

  const work = async (model: Model) => {
    const ids = given ?? [
      ...model.tokenizer.prefix(prompt!.language),
      ...model.tokenizer.encode(prompt!.text).map(({ id }) => id),
    ];
    checkRequest(model, ids, hooks);
    terminal.progress(`Running ${showCount(ids.length, 'token')}`);
    const logits = options.out ? 'all' : [ids.length - 1];
    const changes = await asked(model);
    const plan = { length: ids.length, prompt: ids.length };
    checkPlan(model, changes, plan);
    const held = options['freeze-attention'] ? await patternsOf(model, ids) : undefined;
    const interventions = await interventionsOf(model, [changes], { ...plan, held });
    const result = await model.forward({ ids: [ids], hooks, interventions, logits });
    const plain =
      changes.length > 0 ? await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] }) : null;
    const tensors = tensorsOf(result, hooks);
    if (options.out) await writeSafetensors(options.out, tensors);
    const before = plain && plain.logits!.data;
    report(model, ids, tensors, { ...options, changes, before, readable: given === null }, terminal);
    return exitFine;
  };
  return withModel(options.model, terminal, work, { tokenizer: given === null });
}

function checkRequest(model: Model, ids: readonly number[], hooks: readonly string[]): void {
  const { id: name, vocabularySize, contextLength } = model.info;
  const wrong = ids.find((id) => id >= vocabularySize);
  if (wrong !== undefined) {
    throw new WhenceError(
      'bad-argument',
      `${wrong} is no token of ${name}: its ids go from 0 to ${vocabularySize - 1}.`,
    );
  }
  if (ids.length > contextLength) {
    throw new WhenceError(
      'bad-input',
      `The prompt has ${ids.length} tokens, but ${name} was made for ${contextLength}: shorten it.`,
    );
  }
  const known = new Set(model.hookNames);
  const unknown = hooks.find((hook) => !known.has(hook));
  if (unknown === undefined) return;
  throw new WhenceError(
    'bad-argument',
    `${name} has no hook ${JSON.stringify(unknown)}: its hooks are named like ${model.hookNames[0]} or ${model.hookNames.at(-1)}.`,
  );
}

/** What goes into the file: a batch of one loses its batch dimension. */
function tensorsOf(result: ForwardResult, hooks: readonly string[]): Map<string, Tensor> {
  const single = ({ dims, data }: Tensor): Tensor => ({ dims: dims.slice(1), data });
  return new Map([
    ...hooks.map((name): [string, Tensor] => [name, single(result.hooks.get(name)!)]),
    ['logits', single(result.logits!)],
  ]);
}

interface ReportOptions {
  readonly json: boolean;
  readonly out?: string | undefined;
  readonly changes: readonly Change[];
  readonly 'freeze-attention': boolean;
  /** The next token's logits without the changes; null where there are none. */
  readonly before: Float32Array | null;
  /** Whether the tokenizer may be used to name tokens. */
  readonly readable: boolean;
}

function report(
  model: Model,
  ids: readonly number[],
  tensors: ReadonlyMap<string, Tensor>,
  options: ReportOptions,
  terminal: Terminal,
): void {
  const logits = tensors.get('logits')!;
  const last = new Distribution(logits.data.subarray(-logits.dims[1]!));
  const before = options.before && new Distribution(options.before);
  const listed = (distribution: Distribution) =>
    distribution.best(nextCount).map((id) => ({
      id,
      ...(options.readable && { text: model.tokenizer.textOf(id) }),
      logit: distribution.logitOf(id),
      probability: distribution.probabilityOf(id),
    }));
  const next = listed(last);
  const changes = options.changes.map(printChange);
  const { id, sha256, architecture, parameters, precision } = model.info;
  const hooks = [...tensors]
    .filter(([name]) => name !== 'logits')
    .map(([name, { dims }]) => ({ name, shape: dims }));
  if (options.json) {
    terminal.json({
      schemaVersion: 1,
      model: { id, sha256, architecture, parameters, precision },
      ids,
      hooks,
      changes,
      freezeAttention: options['freeze-attention'],
      next,
      before: before && listed(before),
      out: options.out ?? null,
    });
    return;
  }
  const { style } = terminal;
  const under = changes.length > 0 ? ` with ${changes.join(', ')}` : '';
  terminal.write(`${style.strong(showCount(ids.length, 'token'))} through ${id}${under}. Next:\n`);
  for (const { id: token, text, probability } of next) {
    const shown = text === undefined ? `${token}` : style.code(showToken(text));
    const was = before ? `${showProbability(before.probabilityOf(token)).padStart(6)} → ` : '';
    terminal.write(`  ${was}${showProbability(probability).padStart(6)}  ${shown}\n`);
  }
  for (const { name, shape } of hooks) terminal.write(`${name} [${shape.join(', ')}]\n`);
  if (options.out) terminal.write(`Written to ${options.out}.\n`);
}

export const runCommand: Command = {
  name: 'run',
  summary: 'runs the model once and writes what it computed on the way',
  help,
  run,
};
