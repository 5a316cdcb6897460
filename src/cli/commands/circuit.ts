import { parseChange } from '../../core/change/changeText';
import { type CircuitNode, mostDraws, usualDraws } from '../../core/circuitTest';
import { WhenceError } from '../../core/errors';
import { ablations } from '../../core/explanation';
import { integerOf, oneOf, parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { contextOf } from '../context';
import { withModel } from '../models';
import { type Prompt, readPrompt } from '../prompt';
import { renderTested } from '../render/tested';
import type { Terminal } from '../terminal';

const help = `
whence circuit [--model M] --prompt FILE|- … --parts L3H2,L3N118,… [--target TEXT] [--contrast TEXT] [--ablation KIND]
               [--draws N] [--seed S] [--minimality] [--language L] [--json]

Tests a circuit: how much of the next token some parts make alone, all others ablated, how much is made without them,
and what random parts of the same kinds make. docs/interventions.md says what the numbers mean.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; several are averaged over
  --parts PARTS    heads, neurons and MLPs separated by commas, as L3H2,L3MLP; L3H2[-1] is the head at the last token
  --target TEXT    asks for this as the next token; its first token counts; without it the model's own choice
  --contrast TEXT  measures the target against this text, of which the first token that differs counts
  --ablation KIND  what stands in the place of other parts: zero, mean, resample; without it mean
  --draws N        random circuits beside it; ${usualDraws} without it
  --seed S         of the random circuits; 0 without it
  --minimality     also leaves out each part by itself
  --language L     the prompts' language as VS Code names it, or none; without it, what each file's name tells
  --json           the measurements as JSON (schema: circuit.json)
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    prompt: { type: 'string', multiple: true },
    parts: { type: 'string' },
    target: { type: 'string' },
    contrast: { type: 'string' },
    ablation: { type: 'string', default: 'mean' },
    draws: { type: 'string' },
    seed: { type: 'string' },
    minimality: { type: 'boolean', default: false },
    language: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  if (!options.parts) throw new WhenceError('bad-argument', 'Parts are needed: --parts L3H2,L3MLP.');
  const nodes = nodesIn(options.parts);
  const ablation = oneOf('ablation', options.ablation, ablations);
  const draws = integerOf('draws', options.draws, usualDraws, { least: 0, most: mostDraws });
  const seed = integerOf('seed', options.seed, 0, { least: 0, most: 2 ** 32 - 1 });
  const prompts: Prompt[] = [];
  for (const place of options.prompt ?? [undefined]) prompts.push(await readPrompt(place, options.language));

  return withModel(options.model, terminal, async (model) => {
    const questions = prompts.map((prompt) => {
      const { ids } = contextOf(model, prompt, null, terminal);
      const { target = null, contrast = null } = options;
      return { ids, position: ids.length, target, contrast };
    });
    terminal.progress('Testing the circuit');
    const { testCircuit } = await import('../../engine/change/testCircuit');
    const params = { nodes, questions, ablation, draws, seed, minimality: options.minimality };
    const tested = await testCircuit(model, params, {
      onProgress: (fraction) => terminal.progress(`Testing the circuit: ${Math.round(100 * fraction)}%`),
    });
    if (options.json) terminal.json(tested);
    else terminal.write(renderTested(tested, terminal.style));
    return exitFine;
  });
}

/** Parts between commas; those inside brackets belong to the positions. */
function nodesIn(text: string): CircuitNode[] {
  return text.split(/,(?![^[]*\])/).map((written): CircuitNode => {
    const { part, positions } = parseChange(`${written.trim()}=zero`);
    if (part.kind === 'head' || part.kind === 'neuron' || part.kind === 'mlp') {
      return { part, positions };
    }
    throw new WhenceError(
      'bad-argument',
      `${written.trim()} is no part of a circuit: those are heads as L3H2, neurons as L3N118 and MLPs as L3MLP.`,
    );
  });
}

export const circuitCommand: Command = {
  name: 'circuit',
  summary: 'tests what some parts of the model make alone, beside random ones',
  help,
  run,
};
