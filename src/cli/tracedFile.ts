// What `whence trace` writes: by the ending of the file's name the graph, a page, a picture, a flow chart or words, made by
// the same code as what the circuit panel takes along.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { version } from '../../package.json';
import type { CircuitSubject, PanelCircuit } from '../core/circuitPanel';
import { WhenceError } from '../core/errors';
import { emptyView } from '../core/graphDocument';
import { metricInWords } from '../core/metricWords';
import { drawnOf } from '../core/picture/drawn';
import { Keeping, partsOf } from '../core/picture/keeping';
import { paper } from '../core/picture/svg';
import { type WrittenFormat, writtenCircuit } from '../core/picture/written';
import { savedPage, savedPageFiles } from '../core/savedPage';
import type { TracedCircuit } from '../core/traced';
import type { Model } from '../engine/model';
import { namesOf } from '../engine/partIndex/questions';
import { cacheFolder } from './models';

type TracedFormat = WrittenFormat | 'html' | 'markdown';

const byEnding: Readonly<Record<string, TracedFormat>> = {
  '.json': 'json',
  '.html': 'html',
  '.svg': 'svg',
  '.md': 'markdown',
  '.mmd': 'mermaid',
  '.txt': 'words',
};

/** How large a drawing is made, in CSS pixels: as the panel in a window of its own. */
const box = { width: 1200, height: 760 };

/** What a file of that name holds. @throws WhenceError `bad-argument` for an ending that means nothing */
export function formatOf(place: string): TracedFormat {
  const format = byEnding[extname(place).toLowerCase()];
  if (format) return format;
  throw new WhenceError(
    'bad-argument',
    `The ending of ${basename(place)} says nothing of what to write: .json writes the graph, .html a page of its own, .svg a picture, .md or .mmd a Mermaid flow chart, .txt words.`,
  );
}

/** What was asked: for titles, and for the lines of the text. */
export interface Asked {
  /** As it was given: a file's path, or - for standard input. */
  readonly place: string;
  /** The token ids that were read. */
  readonly ids: readonly number[];
  /** The line that the first of them stands on, from 0. */
  readonly line: number;
  readonly contrast: string | null;
}

/** The text of the file. Pages need what lies beside the program. */
export async function tracedFile(
  format: TracedFormat,
  { document }: TracedCircuit,
  model: Model,
  asked: Asked,
): Promise<string> {
  const circuit: PanelCircuit = {
    subject: subjectOf(document, model, asked),
    document,
    names: await namesIn(model),
    suggestions: [],
    headScores: null,
    live: false,
    features: false,
    notes: [],
    version,
  };
  if (format === 'html') return page(circuit);
  const keeping = new Keeping(document.graph);
  const percent = keeping.readable();
  const drawn = drawnOf(circuit, keeping, { view: emptyView, folded: [], percent }, box);
  const extent = { percent, all: partsOf(document.graph), scores: keeping.scores(percent) };
  const taken = { circuit, view: emptyView, drawn, extent };
  if (format !== 'markdown') return writtenCircuit(format, taken, paper);
  return `\`\`\`mermaid\n${writtenCircuit('mermaid', taken, paper)}\`\`\`\n`;
}

function subjectOf(
  { slug, graph }: TracedCircuit['document'],
  { tokenizer, info }: Model,
  { place, ids, line: first, contrast }: Asked,
): CircuitSubject {
  const [logit, ...others] = graph.nodes.filter(({ kind }) => kind === 'logit');
  const only = logit && others.length === 0 ? logit : null;
  let line = first;
  return {
    id: slug,
    title: place === '-' ? 'standard input' : basename(place),
    model: info.id,
    precision: info.precision,
    target: only && only.index !== null ? tokenizer.textOf(only.index) : null,
    contrast,
    probability: only?.probability ?? null,
    metric: metricInWords(contrast),
    sentence: null,
    tokens: ids.map((id) => {
      const text = tokenizer.textOf(id);
      const special = tokenizer.isSpecial(id);
      const token = { text, special, line: special ? null : line };
      if (!special) line += text.split('\n').length - 1;
      return token;
    }),
  };
}

async function namesIn(model: Model): Promise<PanelCircuit['names']> {
  const named = await namesOf(model, cacheFolder());
  return Object.fromEntries(named.map(({ part, label }) => [part, label.text]));
}

/** The program lies in `dist`, beside the page's script and the style sheets' folder. */
async function page(circuit: PanelCircuit): Promise<string> {
  const part = (place: string) => readFile(join(__dirname, '..', place), 'utf8');
  return savedPage({
    circuit,
    script: await part(savedPageFiles.script),
    styles: await Promise.all(savedPageFiles.styles.map(part)),
    nonce: randomBytes(16).toString('base64url'),
  });
}
