import { writeFile } from 'node:fs/promises';
import { WhenceError } from '../../core/errors';
import { defaultNodes, mostNodes } from '../../core/traced';
import { trace } from '../../engine/circuit/ask';
import { integerOf, numberOf, parseOptions } from '../arguments';
import { type Command, exitFine } from '../command';
import { contextOf } from '../context';
import { withModel } from '../models';
import { readPrompt } from '../prompt';
import { renderCircuit } from '../render/circuit';
import type { Terminal } from '../terminal';
import { formatOf, tracedFile } from '../tracedFile';

const help = `
whence trace [--model M] --prompt FILE|- [--target TEXT | --mass P] [--contrast TEXT] [--nodes N] [--heads KIND]
             [--language L] --out FILE

Traces the paths from the tokens through neurons and heads to the next token. Every node's inputs add up to its value;
what has no node of its own goes into an error node for each layer and place.

  --model M        a folder, a file or the name of a model found on this machine; without it the embedded one
  --prompt FILE    a text file, or - for standard input; what the model's prompt format puts before a text is added
  --target TEXT    traces this as the next token, whether the model would choose it or not; its first token counts
  --mass P         traces the likeliest next tokens, as many as have this share of the probability (at most ten)
  --contrast TEXT  traces why the token rather than this text, of which the first token that differs counts
  --nodes N        how many neurons and heads become nodes, those with the most influence; ${defaultNodes} unless given
  --heads KIND     nodes: heads are nodes of their own; edges: they are what edges run through; nodes unless given
  --language L     the prompt's language as VS Code names it, or none; without it, what the file's name tells
  --out FILE       where to write it; the ending says what: .json the whole graph, as circuit-tracer, Neuronpedia and
                   Anthropic's viewer read it (schema: graph.json); .html a page that shows it in any browser; .svg a
                   picture, .md or .mmd a Mermaid flow chart, .txt words, of the parts that matter most
`;

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, {
    model: { type: 'string' },
    prompt: { type: 'string' },
    target: { type: 'string' },
    mass: { type: 'string' },
    contrast: { type: 'string' },
    nodes: { type: 'string' },
    heads: { type: 'string', default: 'nodes' },
    language: { type: 'string' },
    out: { type: 'string' },
  });
  const { out } = options;
  if (!out) throw new WhenceError('bad-argument', 'A place for the graph is needed: --out graph.json.');
  const format = formatOf(out);
  if (options.mass !== undefined && (options.target !== undefined || options.contrast !== undefined)) {
    throw new WhenceError('bad-argument', 'Give --mass alone: a target or a contrast is a single token.');
  }
  const mass = options.mass === undefined ? null : numberOf('mass', options.mass, 1, 1);
  const nodes = integerOf('nodes', options.nodes, defaultNodes, { least: 1, most: mostNodes });
  const { heads } = options;
  if (heads !== 'nodes' && heads !== 'edges') {
    throw new WhenceError('bad-argument', `--heads takes nodes or edges, not ${JSON.stringify(heads)}.`);
  }
  const prompt = await readPrompt(options.prompt, options.language);

  return withModel(options.model, terminal, async (model) => {
    const { ids, cut } = contextOf(model, prompt, null, terminal);
    terminal.progress('Running the model');
    const { target = null, contrast = null } = options;
    const params = { ids, position: ids.length, target, contrast, mass, nodes, heads } as const;
    const circuit = await trace(model, params, {
      onProgress: (count) => terminal.progress(`Tracing: ${count} of ${nodes} nodes`),
    });
    const line = prompt.text.slice(0, cut).split('\n').length - 1;
    const asked = { place: options.prompt!, ids, line, contrast };
    await write(out, await tracedFile(format, circuit, model, asked));
    terminal.write(renderCircuit(circuit, out, terminal.style));
    return exitFine;
  });
}

async function write(place: string, text: string): Promise<void> {
  try {
    await writeFile(place, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${place} cannot be written (${code}): give another place for the graph with --out.`;
    throw new WhenceError('storage', message, { cause });
  }
}

export const traceCommand: Command = {
  name: 'trace',
  summary: 'traces the paths through neurons and heads to a token, as a graph for other tools',
  help,
  run,
};
