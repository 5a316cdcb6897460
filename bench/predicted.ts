// Does a circuit say what cutting does? Nodes of circuits are cut one by one: what the graph predicts beside what the model
// does, with attention held as the graph holds it, and free; and beside what a small change does, ten times. Score edges:
// support/scoreEffects.ts.
import { only } from '../src/core/change/change';
import { partOfNode } from '../src/core/circuitPanel';
import { correlation } from '../src/core/correlation';
import type { GraphNode } from '../src/core/graph';
import { predictedChange } from '../src/core/graphEffect';
import { influenceOf } from '../src/core/graphInfluence';
import { intervene } from '../src/engine/change/intervene';
import { operatingHooks } from '../src/engine/circuit/operating';
import { singleTarget } from '../src/engine/circuit/targets';
import { traceCircuit } from '../src/engine/circuit/trace';
import { Distribution } from '../src/engine/explain/distribution';
import { randomFrom } from '../src/engine/explain/random';
import { traceOf } from '../src/engine/explain/trace';
import type { Model } from '../src/engine/model';
import { loadModel } from '../src/engine/run/load';
import { realContexts } from './support/realCode';
import { type BenchCircuit, reportScores, type ScoreEffect, scoreEffectsOf } from './support/scoreEffects';

const contexts = 30;
const lengths = { least: 24, most: 64 };
const nodes = 400;
/** Of each circuit: the strongest, and as many drawn from the rest. */
const strongest = 6;
const drawn = 6;
/** Failures that are listed. */
const listed = 12;

interface Cut {
  readonly node: GraphNode;
  readonly where: string;
  /** How the metric changes, in logits. */
  readonly predicted: number;
  readonly held: number;
  readonly free: number;
  /** Ten times what a tenth less of it does, attention held: how the model answers to small changes. */
  readonly slight: number;
}

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const random = randomFrom([3]);
  const cuts: Cut[] = [];
  const effects: ScoreEffect[] = [];
  let seen = 0;
  for (const ids of realContexts(model, lengths)) {
    const circuit = await tracedCircuit(model, ids);
    cuts.push(...(await cutsOf(model, circuit, random)));
    effects.push(...(await scoreEffectsOf(model, circuit, random)));
    seen += 1;
    if (seen === contexts) break;
  }
  await model.close();
  reportScores(effects);
  const held = ({ held: measured }: Cut) => measured;
  const free = ({ free: measured }: Cut) => measured;
  const slight = ({ slight: measured }: Cut) => measured;
  const isLast = ({ layer }: GraphNode) => layer === model.info.layers - 1;
  const lines = [
    ['all', () => true] as const,
    ['neurons', ({ node }: Cut) => node.kind === 'neuron'] as const,
    ['heads', ({ node }: Cut) => node.kind === 'head'] as const,
    ['last layer, neurons', ({ node }: Cut) => isLast(node) && node.kind === 'neuron'] as const,
    ['last layer, heads', ({ node }: Cut) => isLast(node) && node.kind === 'head'] as const,
    ['of earlier layers', ({ node }: Cut) => node.layer! < model.info.layers - 1] as const,
    ['of the first layer', ({ node }: Cut) => node.layer === 0] as const,
    ['above 0.1 logits', ({ predicted }: Cut) => Math.abs(predicted) > 0.1] as const,
  ];
  console.log(
    `${model.info.id}, ${contexts} contexts of ${lengths.least} to ${lengths.most} tokens, ${nodes} nodes; single nodes set to zero`,
  );
  console.log('predicted against measured: correlation, slope of measured on predicted, share of equal sign');
  for (const [name, chosen] of lines) {
    const some = cuts.filter(chosen);
    console.log(
      `${name.padEnd(20)} ${String(some.length).padStart(4)}  attention held ${figures(some, held)}   free ${figures(some, free)}   a tenth less ${figures(some, slight)}`,
    );
  }
  console.log('\nThe largest differences, attention held:');
  const off = (cut: Cut, measured: number) => Math.abs(cut.predicted - measured);
  for (const cut of cuts.toSorted((a, b) => off(b, b.held) - off(a, a.held)).slice(0, listed)) show(cut);
  console.log('\nThe largest differences that free attention adds:');
  for (const cut of cuts
    .toSorted((a, b) => Math.abs(b.free - b.held) - Math.abs(a.free - a.held))
    .slice(0, listed))
    show(cut);
}

async function tracedCircuit(model: Model, ids: readonly number[]): Promise<BenchCircuit> {
  const trace = await traceOf(model, ids, undefined, 1, operatingHooks(model));
  const target = new Distribution(trace.logits).first();
  const targets = [singleTarget(trace, target, null)];
  const textOf = (id: number) => model.tokenizer.textOf(id);
  const { graph } = await traceCircuit(model, { trace, targets, nodes, textOf });
  return { ids, target, before: trace.logits, graph };
}

async function cutsOf(model: Model, { ids, graph }: BenchCircuit, random: () => number): Promise<Cut[]> {
  const textOf = (id: number) => model.tokenizer.textOf(id);
  const influence = influenceOf(graph).nodes;
  const parts = [...graph.nodes.keys()]
    .filter((index) => partOfNode(graph.nodes[index]!) !== null && influence[index]! > 0)
    .sort((a, b) => influence[b]! - influence[a]!);
  const rest = parts.slice(strongest);
  const chosen = parts.slice(0, strongest);
  for (let draw = 0; draw < drawn && rest.length > 0; draw++)
    chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
  const cuts: Cut[] = [];
  for (const index of chosen) {
    const node = graph.nodes[index]!;
    const part = partOfNode(node)!;
    const positions = only(node.position!);
    const measure = async (factor: number, freezeAttention: boolean) => {
      const changes = [{ part, positions, how: { kind: 'scale', factor } as const }];
      const asked = { ids, position: ids.length, target: null, contrast: null, changes, continuation: 0 };
      const { before, after } = await intervene(model, { ...asked, freezeAttention });
      return (after.metric - before.metric) / (1 - factor);
    };
    cuts.push({
      node,
      where: JSON.stringify(textOf(ids[node.position!]!)),
      predicted: predictedChange(graph, new Map([[index, 0]]))!,
      held: await measure(0, true),
      free: await measure(0, false),
      slight: await measure(0.9, true),
    });
  }
  return cuts;
}

function figures(cuts: readonly Cut[], of: (cut: Cut) => number): string {
  const predicted = cuts.map((cut) => cut.predicted);
  const measured = cuts.map(of);
  const square = predicted.reduce((sum, value) => sum + value * value, 0);
  const slope = predicted.reduce((sum, value, i) => sum + value * measured[i]!, 0) / square;
  const agree = cuts.filter((cut) => Math.sign(cut.predicted) === Math.sign(of(cut))).length / cuts.length;
  return `r ${correlation(predicted, measured).toFixed(2)}  slope ${slope.toFixed(2)}  sign ${(100 * agree).toFixed(0)}%`;
}

function show({ node, where, predicted, held, free }: Cut): void {
  const values = [predicted, held, free].map((value) => value.toFixed(2).padStart(6));
  console.log(
    `  ${node.label.padEnd(8)} at ${String(node.position).padStart(2)} ${where.padEnd(14)} predicted ${values[0]}  held ${values[1]}  free ${values[2]}  active ${node.activation?.toFixed(2) ?? ''}`.trimEnd(),
  );
}

void main();
