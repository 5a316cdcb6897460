import { defaultEdgeSteps, type EdgeAttribution, edgeMethods } from '../../core/edges';
import { WhenceError } from '../../core/errors';
import { attributeEdges } from '../../engine/edges/attribute';
import { integerOf, oneOf, parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { contextOf } from '../context';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { renderEdges } from '../render/edges';
import type { Terminal } from '../terminal';

const defaultTop = 20;
/** More than anybody reads; --json has them all. */
const mostTop = 10_000;

const help = `
whence edges [--model M] --prompt FILE|- --counterfactual FILE [--target TEXT] [--contrast TEXT] [--method NAME]
             [--steps N] [--log-probability] [--top N] [--language L] [--json]

Scores every edge between the parts of the model (embedding, heads, MLPs, logits; of each head its query, key and value)
for the next token: what the edge carries after the prompt less what it carries after another prompt of as many tokens,
times the gradient where it is read. Summed over positions, so it is no graph for whence trace's viewers.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; what the model's prompt format puts before a text is added
  --counterfactual FILE
                   another prompt of as many tokens, which the model answers otherwise
  --target TEXT    asks for this as the next token, whether the model would choose it or not; its first token counts
  --contrast TEXT  asks why the token rather than this text, of which the first token that differs counts
  --method NAME    eap-ig: the gradient averaged between the two prompts; eap: the gradient at the prompt, which costs
                   less and sees nothing that is saturated there; without it eap-ig
  --steps N        of eap-ig: points between the prompts; ${defaultEdgeSteps} unless given
  --log-probability
                   asks for the log-probability in place of the logit minus the mean
  --top N          how many edges are listed; ${defaultTop} unless given
  --language L     the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --json           all edges as JSON (schema: edges.json)
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    prompt: { type: 'string' },
    counterfactual: { type: 'string' },
    target: { type: 'string' },
    contrast: { type: 'string' },
    method: { type: 'string', default: 'eap-ig' },
    steps: { type: 'string' },
    'log-probability': { type: 'boolean', default: false },
    top: { type: 'string' },
    language: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const { counterfactual } = options;
  if (counterfactual === undefined) {
    throw new WhenceError(
      'bad-argument',
      'Edges are scored by what differs from another prompt of as many tokens: give one with --counterfactual FILE.',
    );
  }
  const method = oneOf('method', options.method, edgeMethods);
  const steps = integerOf('steps', options.steps, defaultEdgeSteps, { least: 1, most: 1000 });
  const top = integerOf('top', options.top, defaultTop, { least: 1, most: mostTop });
  const prompt = await readPrompt(options.prompt, options.language);
  const other = await readPrompt(counterfactual, prompt.language ?? 'none');

  return withModel(options.model, terminal, async (model) => {
    const found: EdgeAttribution = await attributeEdges(model, {
      ids: contextOf(model, prompt, null, terminal).ids,
      counterfactual: contextOf(model, other, null, terminal).ids,
      target: options.target ?? null,
      contrast: options.contrast ?? null,
      logProbability: options['log-probability'],
      method,
      steps,
      onProgress: (share) => terminal.progress(`Scoring edges: ${Math.round(100 * share)}%`),
    });
    if (options.json) terminal.json(found);
    else terminal.write(renderEdges(found, top, terminal.style));
    return exitFine;
  });
}

export const edgesCommand: Command = {
  name: 'edges',
  summary: 'scores what each part of the model reads from which other, by what differs between two prompts',
  help,
  run,
};
