import type { EdgeMethod, PartEdge } from '../../core/edges';
import { WhenceError } from '../../core/errors';
import type { Check } from '../../core/explanation';
import { itemCheck, sumLimit } from '../explain/checks';
import { gradientsAt, pointsAlong } from '../explain/methods/path';
import type { TokenMetric } from '../explain/metric';
import { blockHooks, embedHook, hookOf, layersOf } from '../explain/trace';
import { gradientHooks, headReaders, logitsReader, mlpReader, type Reader, type Run } from './readers';
import {
  biasChange,
  changeAt,
  embeddingWriter,
  headWriters,
  mlpWriter,
  type Pair,
  type Writer,
} from './writers';

/** From this share of the change on, what the estimate misses is worth a word. */
const missed = 0.1;
/** Numbers that the gradients of all points together may hold; 1 GB. */
const mostHeld = 250e6;

export interface EdgeQuestion extends Pair {
  readonly metric: TokenMetric;
  readonly method: EdgeMethod;
  /** Of eap-ig: points between the two prompts. */
  readonly steps: number;
  /** Called as layers are done, with the share of them, in (0, 1]. */
  readonly onProgress?: (share: number) => void;
}

export interface ScoredEdges {
  readonly edges: readonly PartEdge[];
  readonly checks: readonly Check[];
  readonly warnings: readonly string[];
}

/**
 * Edge attribution patching (Syed, Rager, Conmy 2023): what every part wrote in the prompt less what it wrote in a
 * counterfactual one, times the metric's true gradient at what each later part reads, before that part's norm. With
 * `eap-ig` (Hanna et al. 2024) the gradient is averaged over points between the two prompts' embeddings; the midpoint
 * rule, where their code takes the left ends.
 *
 * @throws WhenceError `bad-argument` for prompts without a difference, `bad-input` for more text than fits; `cancelled`
 */
export async function scoreEdges(question: EdgeQuestion): Promise<ScoredEdges> {
  const { model, trace, counterfactual, signal, onProgress } = question;
  const { layers, hasMlp } = model.info;
  check(question);
  const keyHeads = hookOf(trace.hooks, blockHooks.value(0)).dims[2]!;
  const runs = await runsOf(question, keyHeads);
  const parallel = !model.hookNames.includes(middle(0));
  const tally = new Tally(question);
  tally.wrote(embeddingWriter(question));
  for (const layer of layersOf(model)) {
    const entered = difference(trace.residuals[layer]!.data, counterfactual.residuals[layer]!.data);
    const readMlp = async (changed: Float32Array) => {
      const input = parallel ? blockHooks.input(layer) : middle(layer);
      tally.reads(
        await averaged(runs, async (run) => [await mlpReader(model, run, layer, input, signal)]),
        changed,
      );
    };
    tally.reads(await averaged(runs, (run) => headReaders(model, run, layer, keyHeads, signal)), entered);
    if (hasMlp && parallel) await readMlp(entered);
    const bias = await biasChange(question, layer);
    if (bias) tally.addBias(bias);
    for (const writer of await headWriters(question, layer)) tally.wrote(writer);
    if (hasMlp) {
      const left = difference(trace.residuals[layer + 1]!.data, counterfactual.residuals[layer + 1]!.data);
      const own = changeAt(blockHooks.mlp(layer), trace, counterfactual);
      if (!parallel) await readMlp(difference(left, own));
      tally.wrote(mlpWriter(question, layer));
    }
    onProgress?.((layer + 1) / layers);
  }
  const [last, otherLast] = [trace.residuals.at(-1)!, counterfactual.residuals.at(-1)!];
  tally.reads(
    await averaged(runs, async (run) => [logitsReader(model, run)]),
    difference(last.data, otherLast.data),
  );
  return { edges: tally.edges, checks: [tally.check()], warnings: warningsOf(question, tally.edges) };
}

const middle = (layer: number) => `blocks.${layer}.hook_resid_mid`;

/** The runs at which gradients are taken. */
async function runsOf(question: EdgeQuestion, keyHeads: number): Promise<readonly Run[]> {
  const { model, trace, counterfactual, method, steps } = question;
  const hooks = gradientHooks(model, keyHeads);
  if (method === 'eap') {
    return [{ residuals: trace.residuals, gradients: await gradientsAt(question, trace, hooks) }];
  }
  const start = hookOf(counterfactual.hooks, embedHook);
  const runs: Run[] = [];
  for await (const point of pointsAlong(question, { dims: start.dims.slice(1), data: start.data }, steps)) {
    runs.push({ residuals: point.residuals, gradients: await gradientsAt(question, point, hooks) });
  }
  return runs;
}

/** Each reader's gradient, averaged over the runs. */
async function averaged(
  runs: readonly Run[],
  readers: (run: Run) => Promise<readonly Reader[]>,
): Promise<readonly Reader[]> {
  let sums: readonly Reader[] = [];
  for (const [index, run] of runs.entries()) {
    const found = await readers(run);
    if (index === 0) sums = found.map(({ name, gradient }) => ({ name, gradient: gradient.slice() }));
    else {
      found.forEach(({ gradient }, reader) => {
        const sum = sums[reader]!.gradient;
        for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
      });
    }
  }
  for (const { gradient } of sums) for (let i = 0; i < gradient.length; i++) gradient[i]! /= runs.length;
  return sums;
}

/** Collects the edges from everything that has written so far to whoever reads next. */
class Tally {
  readonly edges: PartEdge[] = [];
  private readonly writers: Writer[] = [];
  private readonly first: number;
  private worst = 0;

  constructor({ model, trace, counterfactual }: Pair) {
    const position = trace.ids.findIndex((id, index) => id !== counterfactual.ids[index]);
    // Before the first token that differs nothing does.
    this.first = position * model.info.hiddenSize;
  }

  wrote(writer: Writer): void {
    this.writers.push(writer);
  }

  addBias(change: Float32Array): void {
    const known = this.writers.find(({ name }) => name === 'bias');
    if (known) for (let i = 0; i < change.length; i++) known.change[i]! += change[i]!;
    else this.wrote({ name: 'bias', change });
  }

  /** @param entered how the stream that they read differs between the prompts: what the edges into each must add up to */
  reads(readers: readonly Reader[], entered: Float32Array): void {
    for (const { name, gradient } of readers) {
      let sum = 0;
      for (const writer of this.writers) {
        const score = dotFrom(this.first, writer.change, gradient);
        this.edges.push({ source: writer.name, target: name, score });
        sum += score;
      }
      const whole = dotFrom(this.first, entered, gradient);
      this.worst = Math.max(this.worst, Math.abs(sum - whole) / Math.max(1, Math.abs(whole)));
    }
  }

  check(): Check {
    return itemCheck("each reader's edges sum to the change of what it reads", this.worst, sumLimit);
  }
}

function warningsOf(question: EdgeQuestion, edges: readonly PartEdge[]): string[] {
  const { metric, trace, counterfactual, method } = question;
  const change = metric.valueOf(trace.logits) - metric.valueOf(counterfactual.logits);
  const said = edges.reduce((sum, { source, score }) => sum + (source === 'embed' ? score : 0), 0);
  return [
    'These scores estimate to first order what patching an edge would do; what is the same in both prompts has no score, nor has a part that only takes over where another fails. Another counterfactual prompt can show other edges.',
    ...(method === 'eap'
      ? [
          'Where attention or an activation is saturated in the prompt its gradient is near zero: eap-ig looks between the prompts.',
        ]
      : []),
    ...(Math.abs(said - change) > missed * Math.max(1, Math.abs(change))
      ? [
          `The edges out of the embeddings are said to bring ${said.toFixed(2)} together; measured, it is ${change.toFixed(2)}.`,
        ]
      : []),
  ];
}

function check({ model, trace, counterfactual, method, steps }: EdgeQuestion): void {
  const length = trace.ids.length;
  if (length !== counterfactual.ids.length || trace.ids.every((id, at) => id === counterfactual.ids[at])) {
    throw new WhenceError(
      'bad-argument',
      `The counterfactual prompt must have ${length} tokens as the prompt has, some of them others: there is nothing to compare.`,
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new WhenceError('bad-argument', `EAP-IG takes 1 step or more, not ${steps}.`);
  }
  const { layers, hiddenSize, heads } = model.info;
  const held = (method === 'eap' ? 1 : steps) * layers * length * (6 * hiddenSize + heads * length);
  if (held > mostHeld) {
    throw new WhenceError(
      'bad-input',
      `Edges over ${length} tokens of ${model.info.id} would need ${Math.ceil((4 * held) / 1e9)} GB: shorten both prompts or take fewer steps.`,
    );
  }
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => value - b[index]!);
}

/** In float64, from an index on. */
function dotFrom(from: number, a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = from; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
