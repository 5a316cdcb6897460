import { answerOf } from '../../core/answer';
import { nameToken } from '../../core/display';
import { WhenceError } from '../../core/errors';
import type { Explanation } from '../../core/explanation';
import { Lines } from '../../core/places';
import { explain } from '../../engine/explain/explain';
import { paraphrase } from '../../engine/explain/paraphrase';
import { integerOf, parseOptions, positionOf } from '../arguments';
import { type Command, exitFine } from '../command';
import { contextOf } from '../context';
import { grammars, granularityOf, unitsAt } from '../granularity';
import { methodHelp, methodOptionSpecs, methodParams } from '../methodOptions';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { renderExplanation } from '../render/explanation';
import type { Terminal } from '../terminal';
import { keptScores } from './heads';

/** More than anybody reads. */
const mostNeurons = 100_000;

const help = `
whence explain [--model M] --prompt FILE|- [--target TEXT | --position N|A..B] [--contrast TEXT]
               [--granularity G] [--method NAME]
               [--steps N] [--baseline B] [--ablation KIND] [--counterfactual FILE]
               [--log-probability] [--neurons N] [--paraphrase] [--no-verify] [--language L] [--json]

Explains one token: which tokens of the context it came from, through which parts of the model, and whether deleting
those tokens really takes it away. Without --target and --position that is the token the model would write next.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; what the model's prompt format puts before a text is added
  --target TEXT    explains this as the next token, whether the model would choose it or not; its first token counts
  --position N     explains token N of the prompt itself, counted as --json counts them; its context is what precedes it
                   A..B explains the tokens A to B together, as the sum over them
  --granularity G  sums the sources over each identifier, line, statement or block; without it, token
  --contrast TEXT  explains why the token rather than this text, of which the first token that differs counts
${methodHelp}
  --neurons N      also names the N neurons with the largest effects, by the methods that give them any
  --paraphrase     also renames a variable, reformats, drops a comment, and puts another name at the source: do the same
                   sources still bring the answer, and does it follow? Costs about five explanations
  --no-verify      leaves out the measured check, which costs three more runs
  --language L     the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --json           the explanation as JSON (schema: explain.json)
`;

const optionSpecs = {
  model: { type: 'string' },
  prompt: { type: 'string' },
  target: { type: 'string' },
  position: { type: 'string' },
  granularity: { type: 'string', default: 'token' },
  contrast: { type: 'string' },
  ...methodOptionSpecs,
  neurons: { type: 'string' },
  paraphrase: { type: 'boolean', default: false },
  'no-verify': { type: 'boolean', default: false },
  language: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, optionSpecs);
  if (options.target !== undefined && options.position !== undefined) {
    throw new WhenceError(
      'bad-argument',
      'Give either --target or --position: a token of the prompt is its own target.',
    );
  }
  if (options.paraphrase && (options.contrast !== undefined || options.position?.includes('..'))) {
    throw new WhenceError(
      'bad-argument',
      '--paraphrase tests the explanation of one token: leave --contrast out, and give --position one number.',
    );
  }
  if (options.paraphrase && options.counterfactual !== undefined) {
    throw new WhenceError(
      'bad-argument',
      '--paraphrase writes the program anew: leave --counterfactual out.',
    );
  }
  const method = methodParams(options);
  const granularity = granularityOf(options.granularity);
  const { position, end } = positionOf(options.position);
  const neurons = integerOf('neurons', options.neurons, undefined, { least: 1, most: mostNeurons });
  const prompt = await readPrompt(options.prompt, options.language);
  const other =
    options.counterfactual && (await readPrompt(options.counterfactual, prompt.language ?? 'none'));

  return withModel(options.model, terminal, async (model) => {
    const { ids, cut } = contextOf(model, prompt, position, terminal);
    terminal.progress('Explaining');
    const asked = {
      ids,
      position: position ?? ids.length,
      target: options.target ?? null,
      ...method(model.tokenizer),
    };
    const found = await explain(model, {
      ...asked,
      ...(end !== null && { end }),
      contrast: options.contrast ?? null,
      verify: !options['no-verify'],
      neurons,
      ...(other && {
        counterfactual: contextOf(model, other, position, terminal).ids.slice(
          0,
          end === null ? (position ?? undefined) : end - 1,
        ),
      }),
    });
    const explanation = placed(found, cut);
    if (options.paraphrase) terminal.progress('Writing it otherwise');
    const { language } = prompt;
    const tested = options.paraphrase ? await paraphrase(model, grammars, { ...asked, language }) : null;
    const units = await unitsAt(granularity, explanation, prompt);
    if (options.json) {
      terminal.json({ ...explanation, units, paraphrase: tested });
      return exitFine;
    }
    const lines = new Lines(prompt.text);
    const headScores = await keptScores(model, terminal);
    const answer = answerOf(
      explanation,
      headScores,
      (index) => lines.lineOf(explanation.tokens[index]!.start),
      { language, document: prompt.text },
    );
    const { style, width } = terminal;
    const { contrast } = explanation;
    if (contrast && contrast.text.trim() !== options.contrast?.trim()) {
      terminal.note(
        `Of the contrast ${JSON.stringify(options.contrast)} the first token that differs counts: ${nameToken(contrast.text)}.`,
      );
    }
    const { text } = prompt;
    const summed = units && { granularity, units };
    terminal.write(
      renderExplanation({ explanation, answer, headScores, text, summed, paraphrase: tested, style, width }),
    );
    return exitFine;
  });
}

/** With offsets into the whole prompt, of which so many characters were left out at the start. */
function placed(explanation: Explanation, cut: number): Explanation {
  const tokens = explanation.tokens.map((token) => ({
    ...token,
    start: token.start + cut,
    end: token.end + cut,
  }));
  return { ...explanation, tokens };
}

export const explainCommand: Command = {
  name: 'explain',
  summary: 'explains a token: where it came from, through what, and whether that is true',
  help,
  run,
};
