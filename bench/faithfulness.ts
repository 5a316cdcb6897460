// Which attribution is true? Every method, and random scores, on real code with the embedded model: what happens when the
// tokens it names are deleted or kept, and how its scores agree with experiments on single tokens, heads and MLPs.
import { defaultMethod, defaultSettings, type MethodSettings } from '../src/core/explanation';
import { attributeDirectly } from '../src/engine/explain/direct';
import { Distribution } from '../src/engine/explain/distribution';
import { ablatedLogits } from '../src/engine/explain/methods/ablate';
import type { Asked } from '../src/engine/explain/methods/method';
import { attributionMethods } from '../src/engine/explain/methods/methods';
import { leaveOneOut } from '../src/engine/explain/methods/occlusion';
import { partsOf } from '../src/engine/explain/methods/parts';
import { tokenMetric } from '../src/engine/explain/metric';
import { randomFrom } from '../src/engine/explain/random';
import { traceOf } from '../src/engine/explain/trace';
import type { Model } from '../src/engine/model';
import { loadModel } from '../src/engine/run/load';
import { type DeletionResult, deletionOf } from './support/deletion';
import { timed } from './support/engine';
import { realContexts } from './support/realCode';
import { bootstrap, correlation, meanOf } from './support/statistics';

const prompts = 120;
const range = { least: 32, most: 96 };
/** Of integrated gradients; each costs a forward and a backward. */
const steps = 20;
/** Of tokens that the model hardly chooses, no deletion can take the probability. */
const leastProbability = 0.1;
/** Methods whose scores add up, and that cost at most so many forwards, may be the default. */
const additive: readonly Contender[] = ['secant', 'direct'];
const defaultCost = 2.5;

/** The methods compared; occlusion's and ablation's sources are the experiment itself. */
const contenders = {
  secant: ['secant', {}],
  'secant, attention': ['secant-attention', {}],
  'gradient × input': ['gradient-input', {}],
  'integrated, mean': ['integrated-gradients', { baseline: 'mean', steps }],
  'integrated, zero': ['integrated-gradients', { baseline: 'zero', steps }],
  direct: ['direct', {}],
  occlusion: ['occlusion', {}],
} as const satisfies Record<string, readonly [keyof typeof attributionMethods, Partial<MethodSettings>]>;
type Contender = keyof typeof contenders | 'random';

interface Scored extends DeletionResult {
  readonly milliseconds: number;
  readonly leaveOneOut: number;
  /** Scores of heads and MLPs; null where the method has none. */
  readonly parts: readonly number[] | null;
}

interface Prompt {
  readonly forward: number;
  readonly scored: ReadonlyMap<Contender, Scored>;
  /** Exact effects of ablating each part. */
  readonly zero: readonly number[];
  readonly mean: readonly number[];
}

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const measured: Prompt[] = [];
  for (const ids of realContexts(model, range)) {
    if (measured.length === prompts) break;
    const prompt = await measure(model, ids);
    if (prompt) measured.push(prompt);
  }
  const heads = partsOf(model).map(({ head }) => head !== null);
  await model.close();
  console.log(
    `${measured.length} contexts of ${range.least} to ${range.most} tokens; the model's first choice, of probability ≥ ${leastProbability}. [95% by bootstrap over contexts]`,
  );
  const costs = tellSources(measured);
  tellParts(measured, heads);
  choose(measured, costs);
}

/** Null for a context whose next token is too uncertain to be taken away. */
async function measure(model: Model, ids: readonly number[]): Promise<Prompt | null> {
  const trace = await traceOf(model, ids);
  const distribution = new Distribution(trace.logits);
  const target = distribution.first();
  if (distribution.probabilityOf(target) < leastProbability) return null;
  const metric = tokenMetric({ target, contrast: null });
  const total = metric.valueOf(trace.logits);
  const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
  const asked: Asked = { model, trace, metric, total, direct, settings: defaultSettings };
  const parts = partsOf(model);
  const exactly = async (kind: 'zero' | 'mean') => {
    const outcomes = await ablatedLogits(
      asked,
      parts.map((part) => [part]),
      kind,
    );
    return outcomes.map((logits) => total - metric.valueOf(logits));
  };
  const experiment = await leaveOneOut(asked);
  const fixed = new Set(
    ids.flatMap((id, at) => (at === trace.query || model.tokenizer.isSpecial(id) ? [at] : [])),
  );
  const free = (scores: readonly number[]) => scores.filter((_, index) => !fixed.has(index));
  const judge = async (scores: readonly number[]) => ({
    ...(await deletionOf(model, ids, target, scores, fixed)),
    leaveOneOut: correlation(free(scores), free(experiment)),
  });

  const forward = await timed(() => model.forward({ ids: [ids], hooks: [], logits: [trace.query] }));
  const scored = new Map<Contender, Scored>();
  for (const [name, [method, settings]] of Object.entries(contenders)) {
    const question = { ...asked, settings: { ...defaultSettings, ...settings } };
    const start = performance.now();
    const { sources, totals } = await attributionMethods[method](question);
    const milliseconds = performance.now() - start;
    const own =
      method === 'direct' ? new Map(direct.components.map((part) => [part.name, part.direct])) : totals;
    scored.set(name as Contender, {
      ...(await judge(sources.map(({ score }) => score))),
      milliseconds,
      parts: own && parts.map((part) => own.get(part.name)!),
    });
  }
  const random = randomFrom(ids);
  scored.set('random', {
    ...(await judge(ids.map(() => random()))),
    milliseconds: 0,
    parts: parts.map(() => random()),
  });
  return { forward, scored, zero: await exactly('zero'), mean: await exactly('mean') };
}

const names: readonly Contender[] = [...(Object.keys(contenders) as (keyof typeof contenders)[]), 'random'];

const sourceColumns = {
  comprehensiveness: 1,
  sufficiency: -1,
  deletion: -1,
  insertion: 1,
  leaveOneOut: 1,
} as const;
type SourceColumn = keyof typeof sourceColumns;

/** Prints the table of sources; the cost of each method in forwards. */
function tellSources(measured: readonly Prompt[]): ReadonlyMap<Contender, number> {
  console.log('\nSources. ↑ more is better, ↓ less is better\n');
  const arrows = { 1: '↑', '-1': '↓' } as const;
  const titles = (Object.keys(sourceColumns) as SourceColumn[]).map((column) => {
    const title = column === 'leaveOneOut' ? 'r with leave-one-out' : column;
    return `${title} ${arrows[sourceColumns[column]]}`.padStart(24);
  });
  console.log(`${''.padEnd(18)}${titles.join('')}${'forwards'.padStart(10)}`);
  const costs = new Map<Contender, number>();
  for (const name of names) {
    const cells = (Object.keys(sourceColumns) as SourceColumn[]).map((column) =>
      cell(bootstrap(measured, (drawn) => meanOf(drawn.map(({ scored }) => scored.get(name)![column])))),
    );
    const cost = 1 + median(measured.map(({ scored, forward }) => scored.get(name)!.milliseconds / forward));
    costs.set(name, cost);
    console.log(
      `${name.padEnd(18)}${cells.join('')}${(name === 'random' ? '' : cost.toFixed(1)).padStart(10)}`,
    );
  }
  return costs;
}

/** Correlations over all parts of all contexts, for heads and MLPs apart. */
function tellParts(measured: readonly Prompt[], heads: readonly boolean[]): void {
  console.log('\nParts: r with exact ablation of each head and each MLP, pooled over the contexts\n');
  const columns = [
    ['heads, zero', true, 'zero'],
    ['heads, mean', true, 'mean'],
    ['MLPs, zero', false, 'zero'],
    ['MLPs, mean', false, 'mean'],
  ] as const;
  console.log(`${''.padEnd(18)}${columns.map(([title]) => title.padStart(24)).join('')}`);
  for (const name of names) {
    if (!measured[0]!.scored.get(name)!.parts) continue;
    const cells = columns.map(([, wanted, kind]) => {
      const pick = (values: readonly number[]) => values.filter((_, index) => heads[index] === wanted);
      return cell(
        bootstrap(measured, (drawn) =>
          correlation(
            drawn.flatMap(({ scored }) => pick(scored.get(name)!.parts!)),
            drawn.flatMap((prompt) => pick(prompt[kind])),
          ),
        ),
      );
    });
    console.log(`${name.padEnd(18)}${cells.join('')}`);
  }
}

/** The default must be, among those that may be it, the best on most of the columns; otherwise the benchmark fails. */
function choose(measured: readonly Prompt[], costs: ReadonlyMap<Contender, number>): void {
  const affordable = additive.filter((name) => costs.get(name)! <= defaultCost);
  const wins = new Map(affordable.map((name) => [name, 0]));
  for (const [column, sign] of Object.entries(sourceColumns) as [SourceColumn, 1 | -1][]) {
    const value = (name: Contender) => sign * meanOf(measured.map(({ scored }) => scored.get(name)![column]));
    const best = affordable.toSorted((a, b) => value(b) - value(a))[0]!;
    wins.set(best, wins.get(best)! + 1);
  }
  const winner = [...wins].toSorted((a, b) => b[1] - a[1])[0]![0];
  console.log(
    `\nOf the methods whose scores add up and that cost at most ${defaultCost} forwards (${affordable.join(', ')}), ${winner} is best on ${wins.get(winner)} of ${Object.keys(sourceColumns).length} columns of sources. The default is ${defaultMethod}.`,
  );
  if (winner !== defaultMethod) process.exitCode = 1;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function cell({ value, low, high }: ReturnType<typeof bootstrap>): string {
  const show = (x: number) => x.toFixed(3).replace(/^(-?)0\./, '$1.');
  return `${show(value)} [${show(low)}, ${show(high)}]`.padStart(24);
}

void main();
