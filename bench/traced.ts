// Whence's tracing beside an independent PyTorch script of the same method (bench/peers/trace.py), on the same weights: do
// they find the same nodes, how far apart are their edges, and how long does each take? Needs a Python with torch and
// transformers in $WHENCE_PYTHON. Takes SmolLM2-135M too where it lies, as the bench `trace` says.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AttributionGraph } from '../src/core/graph';
import { operatingHooks } from '../src/engine/circuit/operating';
import { singleTarget } from '../src/engine/circuit/targets';
import { traceCircuit } from '../src/engine/circuit/trace';
import { Distribution } from '../src/engine/explain/distribution';
import { traceOf } from '../src/engine/explain/trace';
import { loadModel } from '../src/engine/run/load';
import { codeOf, timed } from './support/engine';
import { type Row, report } from './support/report';

const length = 32;
const nodes = 500;
const script = resolve('bench/peers/trace.py');
/** PyTorch's threads wait in circles for each other where something else runs as well, which would only flatter us. */
const threads = 1;
const longest = 15 * 60_000;
/** As a share of the largest edge into the same node; beyond it the two are not of one method. */
const mostApart = 1e-3;

interface Answer {
  readonly seconds: readonly number[];
  readonly target: number;
  readonly nodes: Readonly<Record<string, number>>;
  readonly edges: readonly (readonly [string, string, number])[];
}

async function askPeer(python: string, question: object): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-traced-'));
  try {
    const [asked, answered] = [join(folder, 'question.json'), join(folder, 'answer.json')];
    await writeFile(asked, JSON.stringify(question));
    const { status, stderr, error } = spawnSync(python, [script, asked, answered], {
      encoding: 'utf8',
      timeout: longest,
      env: { ...process.env, WHENCE_THREADS: String(threads) },
    });
    if (status !== 0) throw new Error(`${python} cannot run ${script}: ${error?.message ?? stderr.trim()}`);
    return JSON.parse(await readFile(answered, 'utf8')) as Answer;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How far the edges between nodes that both have are apart, as shares of the largest edge into the same node. */
function apart({ nodes: own, edges }: AttributionGraph, answer: Answer) {
  const nameOf = (index: number) => (own[index]!.kind === 'logit' ? 'logit' : own[index]!.id);
  const key = (from: string, to: string) => `${from} ${to}`;
  const ours = new Map<string, number>();
  edges.weights.forEach((weight, edge) => {
    ours.set(key(nameOf(edges.sources[edge]!), nameOf(edges.targets[edge]!)), weight);
  });
  const parts = new Set(own.filter(({ kind }) => kind === 'neuron' || kind === 'head').map(({ id }) => id));
  const theirs = Object.keys(answer.nodes).filter((id) => id !== 'logit');
  const shared = new Set(['logit', ...theirs.filter((id) => parts.has(id))]);
  const largest = new Map<string, number>();
  for (const [, to, weight] of answer.edges)
    largest.set(to, Math.max(largest.get(to) ?? 0, Math.abs(weight)));
  let [worst, compared] = [0, 0];
  for (const [from, to, weight] of answer.edges) {
    const isToken = from.startsWith('t');
    if (!shared.has(to) || !(isToken || shared.has(from))) continue;
    compared++;
    const own = ours.get(key(from, to)) ?? 0;
    worst = Math.max(worst, Math.abs(weight - own) / (largest.get(to) || 1));
  }
  return { worst, compared, shared: shared.size - 1, of: theirs.length };
}

async function compare(python: string, path: string, rounds: number): Promise<void> {
  const model = await loadModel(path, { threads, storage: join(tmpdir(), 'whence-bench') });
  const text = model.tokenizer.encode(codeOf(20 * length)).map(({ id }) => id);
  const ids = [...model.tokenizer.prefix('python'), ...text].slice(0, length);
  let target = 0;
  const circuit = async () => {
    const trace = await traceOf(model, ids, undefined, 1, operatingHooks(model));
    target = new Distribution(trace.logits).first();
    const textOf = model.tokenizer.textOf.bind(model.tokenizer);
    return traceCircuit(model, { trace, targets: [singleTarget(trace, target, null)], nodes, textOf });
  };
  const { graph } = await circuit();
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) samples.push((await timed(circuit)) / 1000);
  const { id } = model.info;
  await model.close();
  const answer = await askPeer(python, { model: resolve(path), ids, nodes, rounds });
  if (answer.target !== target) throw new Error('The two models do not choose the same token.');
  const { worst, compared, shared, of } = apart(graph, answer);
  console.log(
    `${id}: ${shared} of the ${of} parts of the script are nodes of Whence's graph; ${compared} edges between these differ by ${worst.toExponential(1)} of the largest edge into the same node at most.`,
  );
  if (!(worst <= mostApart) || shared < 0.9 * of) process.exitCode = 1;
  const peer: Row = { what: 'the PyTorch script, value edges', unit: 's', samples: answer.seconds };
  const own: Row = { what: 'Whence, value and score edges', unit: 's', samples, relativeTo: peer };
  report(`${id}, ${length} tokens, ${nodes} nodes, a thread each`, [peer, own]);
}

async function main(): Promise<void> {
  const python = process.env.WHENCE_PYTHON;
  if (!python) {
    console.log('WHENCE_PYTHON is not set: it names a Python with torch and transformers.');
    return;
  }
  await compare(python, 'models/whence-code', 9);
  const larger = process.env.WHENCE_SMOLLM2 ?? join('.cache', 'SmolLM2-135M-Instruct.Q4_1.gguf');
  if (existsSync(larger)) await compare(python, larger, 3);
}

void main();
