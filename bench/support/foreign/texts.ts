import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAudit } from '../../../src/core/circuitFile/auditFile';
import { casesOf } from '../../../src/core/circuitFile/cases';
import { expectedAt } from '../../../src/core/circuitFile/expected';
import { parseCircuit } from '../../../src/core/circuitFile/parser';
import type { PanelCircuit } from '../../../src/core/circuitPanel';
import { readFeatureDetails } from '../../../src/core/interchange/featureDetails';
import { importGraph } from '../../../src/core/interchange/import';
import { drawnOf } from '../../../src/core/picture/drawn';
import { Keeping, partsOf } from '../../../src/core/picture/keeping';
import { paper } from '../../../src/core/picture/svg';
import { writtenCircuit } from '../../../src/core/picture/written';
import { parseSteering, steeringFormat } from '../../../src/core/steering';
import { readValues } from '../../../src/engine/change/valuesFile';
import { circuitTracerFile, replacementModelFile } from '../../../test/unit/support/graphFiles';
import { bytesOf, jsonOf, type Kind, put, type Random } from './kind';

/** Files of a language of lines: their bytes are damaged, or lines and words of theirs change places. */
function language(what: string, folderOf: string, ending: string, read: (text: string) => boolean): Kind {
  return {
    what,
    async make(folder) {
      const names = (await readdir(folderOf)).filter((name) => name.endsWith(ending));
      const spoils = await Promise.all(
        names.map(async (name) => {
          const file = join(folder, name);
          await cp(join(folderOf, name), file);
          const text = await readFile(file, 'utf8');
          return { text, spoil: await bytesOf(file) };
        }),
      );
      await put(spoils[0]!.text, folder, 'now');
      return async (random) => {
        const { text, spoil } = spoils[Math.floor(random() * spoils.length)]!;
        const damaged = random() < 0.5 ? await spoil(random) : Buffer.from(shuffled(text, random));
        await put(damaged!, folder, 'now');
        return damaged;
      };
    },
    read: async (folder) => read(await readFile(join(folder, 'now'), 'utf8')),
  };
}

/** A text with pieces of it repeated, some of them many times, or moved to other places. */
function shuffled(text: string, random: Random): string {
  const pieces = text.split(random() < 0.5 ? /(?<=\n)/ : /(?<=\s)|(?=["{}\\/])/);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const from = below(pieces.length);
    const taken = pieces.slice(from, from + 1 + below(3));
    const times = random() < 0.1 ? 1000 : 1;
    pieces.splice(below(pieces.length), below(2), ...Array.from({ length: times }, () => taken).flat());
  }
  return pieces.join('');
}

function circuit(text: string): boolean {
  expectedAt(text, Math.floor(text.length / 2));
  const { file } = parseCircuit(text);
  if (!file) return false;
  casesOf(
    file,
    file.prompts.map(({ value }) => ({ text: value, language: null })),
  );
  return true;
}

function audit(text: string): boolean {
  expectedAt(text, text.length, 'audit');
  return parseAudit(text).file !== null;
}

/** A JSON file that a function reads. */
function json(what: string, wholes: readonly unknown[], read: (text: string) => void): Kind {
  return {
    what,
    async make(folder) {
      const spoils = await Promise.all(
        wholes.map(async (whole, at) => jsonOf(await put(JSON.stringify(whole), folder, `${at}.json`))),
      );
      await put(JSON.stringify(wholes[0]), folder, 'now.json');
      return async (random) => {
        const damaged = await spoils[Math.floor(random() * spoils.length)]!(random);
        await put(damaged!, folder, 'now.json');
        return damaged;
      };
    },
    async read(folder) {
      read(await readFile(join(folder, 'now.json'), 'utf8'));
      return true;
    },
  };
}

/** Opens a graph and draws it, in every form in which it can be taken along. */
function graph(text: string): void {
  const { document } = importGraph(text);
  const subject = {
    ...{ id: 'id', title: 'title', model: document.model, precision: null, target: null, contrast: null },
    ...{ probability: null, metric: 'metric', sentence: null },
    tokens: document.tokens.map((each) => ({ text: each, line: null, special: false })),
  };
  const circuit: PanelCircuit = {
    ...{ subject, document, names: {}, suggestions: [], headScores: null, live: false, features: true },
    ...{ notes: [], version: '0' },
  };
  const keeping = new Keeping(document.graph);
  const percent = keeping.readable();
  const { view } = document;
  const drawn = drawnOf(circuit, keeping, { view, folded: [], percent }, { width: 900, height: 600 });
  const extent = { percent, all: partsOf(document.graph), scores: keeping.scores(percent) };
  for (const format of ['words', 'mermaid', 'svg', 'json'] as const)
    writtenCircuit(format, { circuit, view, drawn, extent }, paper);
}

const feature = {
  activation_frequency: 0.01,
  top_logits: [' a', ' b'],
  bottom_logits: [' c'],
  examples_quantiles: [
    {
      quantile_name: 'Top',
      examples: [{ tokens: ['x', ' =', ' 1'], tokens_acts_list: [0, 0.5, 2], train_token_ind: 2 }],
    },
  ],
};

const steering = {
  ...{ format: steeringFormat, version: 1, name: 'towards types', layer: 1, at: 'last', toward: 2, away: 2 },
  model: {
    id: 'm',
    sha256: 'ab'.repeat(32),
    architecture: 'LlamaForCausalLM',
    parameters: 1,
    precision: 'fp32',
  },
  ...{ streamLength: 2.5, values: [0.5, -1, 2] },
};

/** Numbers for a hook, as `whence run --out` writes them. */
const values: Kind = {
  what: 'values for a hook',
  async make(folder) {
    const header = Buffer.from(
      JSON.stringify({ 'blocks.0.hook_resid_pre': { dtype: 'F32', shape: [2, 8], data_offsets: [0, 64] } }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return bytesOf(await put(Buffer.concat([length, header, Buffer.alloc(64)]), folder, 'v.safetensors'));
  },
  async read(folder) {
    await readValues(join(folder, 'v.safetensors'), 'blocks.0.hook_resid_pre');
    return true;
  },
};

export const texts: readonly Kind[] = [
  language('circuit file', 'circuits', '.circuit', circuit),
  language('audit file', 'audits', '.audit', audit),
  json('graph', [circuitTracerFile, replacementModelFile], graph),
  json('feature of a graph', [feature], (text) => void readFeatureDetails(text, 'feature')),
  json('steering vector', [steering], (text) => void parseSteering(text, 'vector')),
  values,
];
