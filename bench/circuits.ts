// What a suite of 200 cases costs: the circuits of the embedded model, held against it with more names than they list.
import { readFileSync } from 'node:fs';
import { parseCircuit } from '../src/core/circuitFile/parser';
import type { CircuitFile } from '../src/core/circuitFile/syntax';
import { runCircuit } from '../src/engine/circuitTest/run';
import { measureHeads } from '../src/engine/explain/heads';
import type { Model } from '../src/engine/model';
import { loadModel } from '../src/engine/run/load';
import { report } from './support/report';

const rounds = 3;
/** Seconds for all of them together. */
const goal = 60;

/** Cases asked of each file; together 200. */
const suite: Readonly<Record<string, number>> = { attribute: 80, 'closing-bracket': 80, induction: 40 };

const stems = ['total', 'buffer', 'client', 'item', 'window', 'queue', 'parser', 'value', 'stream', 'left'];
const endings = ['', '_a', '_size', '_name', '_id', '2', '_list', '_map'];

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const files = Object.entries(suite).map(([name, cases]) => ({ name, cases, file: widened(name, cases) }));
  const seconds = new Map<string, number[]>(files.map(({ name }) => [name, []]));
  const totals: number[] = [];
  await hold(model, files[0]!.file);
  for (let round = 0; round < rounds; round++) {
    let total = 0;
    for (const { name, file } of files) {
      const taken = await hold(model, file);
      seconds.get(name)!.push(taken);
      total += taken;
    }
    totals.push(total);
  }
  await model.close();
  report('circuit files', [
    ...files.map(({ name, cases, file }) => ({
      what: `${name}: ${cases} cases, ${file.expectations.length} expectations`,
      unit: 's',
      samples: seconds.get(name)!,
    })),
    { what: 'all 200 cases', unit: 's', samples: totals, goal: { atMost: goal, percentile: 1 } },
  ]);
}

/** Seconds that a file takes, the roles of the heads measured with it. */
async function hold(model: Model, file: CircuitFile): Promise<number> {
  const prompts = file.prompts.map(({ value }) => ({ text: value, language: file.language }));
  const start = performance.now();
  await runCircuit(model, file, { prompts, headScores: () => measureHeads(model) });
  return (performance.now() - start) / 1000;
}

/** A shipped circuit with its last slot's list made as long as it takes for so many cases. */
function widened(name: string, cases: number): CircuitFile {
  const { file } = parseCircuit(readFileSync(`circuits/${name}.circuit`, 'utf8'));
  if (!file) throw new Error(`circuits/${name}.circuit is not right.`);
  const others = file.slots.slice(0, -1);
  const last = file.slots.at(-1)!;
  const rows = cases / others.reduce((product, slot) => product * slot.rows.length, file.prompts.length);
  const names = endings.flatMap((ending) => stems.map((stem) => stem + ending)).slice(0, rows);
  return { ...file, slots: [...others, { ...last, rows: names.map((value) => [value]) }] };
}

void main();
