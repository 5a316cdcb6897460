// Which attribution is true? Every method, and random scores, on real code: what happens when the tokens it names are
// deleted or kept, and how its scores agree with experiments on single tokens, heads, MLPs and activations. With the
// embedded model, and with SmolLM2-135M where WHENCE_SMOLLM2 names its file. WHENCE_PROMPTS sets the number of contexts,
// WHENCE_MODEL=smollm2 leaves the embedded model out. WHENCE_JOURNAL names a file that keeps every finished context: the same command goes
// on from there, until the code that is measured or measures is another.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { correlation } from '../src/core/correlation';
import { defaultMethod, defaultSettings } from '../src/core/explanation';
import { attributeDirectly } from '../src/engine/explain/direct';
import { Distribution } from '../src/engine/explain/distribution';
import { ablatedLogits } from '../src/engine/explain/methods/ablate';
import type { Asked, Attributed } from '../src/engine/explain/methods/method';
import { attributionMethods } from '../src/engine/explain/methods/methods';
import { type ModelPart, partsOf } from '../src/engine/explain/methods/parts';
import { tokenMetric } from '../src/engine/explain/metric';
import { randomFrom } from '../src/engine/explain/random';
import { blockHooks, traceOf } from '../src/engine/explain/trace';
import type { Model } from '../src/engine/model';
import { loadModel } from '../src/engine/run/load';
import { type ContenderName, contenderNames, contenders } from './support/contenders';
import { type DeletionResult, Deletions, deletionOf } from './support/deletion';
import { timed } from './support/engine';
import { Journal } from './support/journal';
import {
  estimatedEffects,
  patchedEffects,
  patchedKinds,
  type Site,
  sitesOf,
  valuesAt,
} from './support/patching';
import { realContexts } from './support/realCode';
import { bootstrap, meanOf } from './support/statistics';

const defaultPrompts = 120;
/** Of tokens that the model hardly chooses, no deletion can take the probability. */
const leastProbability = 0.1;
/** Heads and MLPs that are ablated in each context: all of a small model's, else so many drawn at random. */
const mostParts = 40;
/** Methods whose scores add up, and that cost at most so many forwards, may be the default. */
const additive: readonly ContenderName[] = ['secant', 'direct'];
const defaultCost = 2.5;

interface Scored extends DeletionResult {
  readonly milliseconds: number;
  readonly leaveOneOut: number;
  /** Scores of heads and MLPs; null where the method has none. */
  readonly parts: readonly number[] | null;
  /** What it expects of patching each site; null where it says nothing of activations. */
  readonly patched: readonly number[] | null;
}

interface Prompt {
  readonly forward: number;
  readonly scored: ReadonlyMap<ContenderName, Scored>;
  readonly parts: readonly ModelPart[];
  /** Exact effects of ablating each part. */
  readonly zero: readonly number[];
  readonly mean: readonly number[];
  readonly sites: readonly Site[];
  /** Exact effects of patching each site. */
  readonly patched: readonly number[];
}

interface Run {
  readonly path: string;
  /** Tokens of a context. */
  readonly range: { readonly least: number; readonly most: number };
  /** Whether the default has to win here; otherwise the benchmark fails. */
  readonly judged: boolean;
}

async function run({ path, range, judged }: Run): Promise<void> {
  const prompts = Number(process.env.WHENCE_PROMPTS ?? defaultPrompts);
  const model = await loadModel(path, { threads: 0, storage: join(tmpdir(), 'whence-bench') });
  const others = realContexts(model, { least: range.most, most: range.most + 1 }, 8);
  const measured: Prompt[] = [];
  const journal = new Journal<Prompt | null>(process.env.WHENCE_JOURNAL ?? null);
  for (const ids of realContexts(model, range)) {
    if (measured.length === prompts) break;
    const other = others.next().value!.slice(0, ids.length);
    const prompt = await journal.once(JSON.stringify([model.info.sha256, ids, other]), () =>
      measure(model, ids, other),
    );
    if (prompt) measured.push(prompt);
  }
  console.log(
    `\n${model.info.id}: ${measured.length} contexts of ${range.least} to ${range.most} tokens; the model's first choice, of probability ≥ ${leastProbability}. [95% by bootstrap over contexts]`,
  );
  await model.close();
  const costs = tellSources(measured);
  tellParts(measured);
  tellPatching(measured);
  const winner = choose(measured, costs);
  if (judged && winner !== defaultMethod) process.exitCode = 1;
}

/**
 * Null for a context whose next token is too uncertain to be taken away.
 *
 * @param other as many tokens of other code
 */
async function measure(
  model: Model,
  ids: readonly number[],
  other: readonly number[],
): Promise<Prompt | null> {
  const trace = await traceOf(model, ids);
  const distribution = new Distribution(trace.logits);
  const target = distribution.first();
  if (distribution.probabilityOf(target) < leastProbability) return null;
  const metric = tokenMetric({ target, contrast: null });
  const total = metric.valueOf(trace.logits);
  const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
  const counterfactual = await traceOf(model, other);
  const asked: Asked = { model, trace, metric, total, direct, settings: defaultSettings, counterfactual };
  const random = randomFrom(ids);
  const parts = partsOf(model)
    .map((part) => ({ part, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, mostParts)
    .map(({ part }) => part);
  const exactly = async (kind: 'zero' | 'mean') => {
    const outcomes = await ablatedLogits(
      asked,
      parts.map((part) => [part]),
      kind,
    );
    return outcomes.map((logits) => total - metric.valueOf(logits));
  };
  // Every position of every block, as a forward anywhere else computes them.
  const last = blockHooks.output(model.info.layers - 1);
  const forward = await timed(() => model.forward({ ids: [ids], hooks: [last], logits: [trace.query] }));
  const attributed = new Map<ContenderName, Attributed & { readonly milliseconds: number }>();
  for (const [name, contender] of Object.entries(contenders)) {
    const settings = { ...defaultSettings, ...('settings' in contender ? contender.settings : {}) };
    const start = performance.now();
    const found = await attributionMethods[contender.method]({ ...asked, settings });
    attributed.set(name as ContenderName, { ...found, milliseconds: performance.now() - start });
  }
  const scoresOf = ({ sources }: Attributed) => sources.map(({ score }) => score);
  const experiment = scoresOf(attributed.get('occlusion')!);
  const deletions = new Deletions(model, ids, target);
  const fixed = new Set(
    ids.flatMap((id, at) => (at === trace.query || model.tokenizer.isSpecial(id) ? [at] : [])),
  );
  const free = (scores: readonly number[]) => scores.filter((_, index) => !fixed.has(index));
  const judge = async (scores: readonly number[]) => ({
    ...(await deletionOf(deletions, scores, fixed)),
    leaveOneOut: correlation(free(scores), free(experiment)),
  });
  const sites = sitesOf(asked);
  const values = await valuesAt(asked, counterfactual, sites);

  const scored = new Map<ContenderName, Scored>();
  for (const [name, contender] of Object.entries(contenders)) {
    const found = attributed.get(name as ContenderName)!;
    const own =
      contender.method === 'direct'
        ? new Map(direct.components.map((part) => [part.name, part.direct]))
        : found.totals;
    scored.set(name as ContenderName, {
      ...(await judge(scoresOf(found))),
      milliseconds: found.milliseconds,
      parts: own && parts.map((part) => own.get(part.name)!),
      patched:
        'patching' in contender ? await estimatedEffects(asked, values, sites, contender.patching) : null,
    });
  }
  scored.set('random', {
    ...(await judge(ids.map(() => random()))),
    milliseconds: 0,
    parts: parts.map(() => random()),
    patched: sites.map(() => random()),
  });
  return {
    forward,
    scored,
    parts,
    zero: await exactly('zero'),
    mean: await exactly('mean'),
    sites,
    patched: await patchedEffects(asked, values, sites),
  };
}

const sourceColumns = {
  comprehensiveness: 1,
  sufficiency: -1,
  deletion: -1,
  insertion: 1,
  leaveOneOut: 1,
} as const;
type SourceColumn = keyof typeof sourceColumns;

/** Prints the table of sources; the cost of each method in forwards. */
function tellSources(measured: readonly Prompt[]): ReadonlyMap<ContenderName, number> {
  console.log('\nSources. ↑ more is better, ↓ less is better\n');
  const arrows = { 1: '↑', '-1': '↓' } as const;
  const titles = (Object.keys(sourceColumns) as SourceColumn[]).map((column) => {
    const title = column === 'leaveOneOut' ? 'r with leave-one-out' : column;
    return `${title} ${arrows[sourceColumns[column]]}`.padStart(24);
  });
  console.log(`${''.padEnd(nameWidth)}${titles.join('')}${'forwards'.padStart(10)}`);
  const costs = new Map<ContenderName, number>();
  for (const name of contenderNames) {
    const cells = (Object.keys(sourceColumns) as SourceColumn[]).map((column) =>
      cell(bootstrap(measured, (drawn) => meanOf(drawn.map(({ scored }) => scored.get(name)![column])))),
    );
    const cost = 1 + median(measured.map(({ scored, forward }) => scored.get(name)!.milliseconds / forward));
    costs.set(name, cost);
    console.log(
      `${name.padEnd(nameWidth)}${cells.join('')}${(name === 'random' ? '' : cost.toFixed(1)).padStart(10)}`,
    );
  }
  return costs;
}

/** Correlations over all parts of all contexts, for heads and MLPs apart. */
function tellParts(measured: readonly Prompt[]): void {
  console.log('\nParts: r with exact ablation of each head and each MLP, pooled over the contexts\n');
  const columns = [
    ['heads, zero', true, 'zero'],
    ['heads, mean', true, 'mean'],
    ['MLPs, zero', false, 'zero'],
    ['MLPs, mean', false, 'mean'],
  ] as const;
  tellCorrelations(
    measured,
    columns.map(([title, wanted, kind]) => ({
      title,
      of: ({ parts, [kind]: exact }) => picked(exact, parts, ({ head }) => (head !== null) === wanted),
      by: ({ parts }, { parts: scores }) =>
        scores && picked(scores, parts, ({ head }) => (head !== null) === wanted),
    })),
  );
}

/** The same for single activations. */
function tellPatching(measured: readonly Prompt[]): void {
  console.log(
    '\nActivations: r with exact activation patching from other code, of one activation at one position, pooled over the contexts\n',
  );
  tellCorrelations(
    measured,
    patchedKinds.map((title) => ({
      title,
      of: ({ sites, patched }) => picked(patched, sites, ({ kind }) => kind === title),
      by: ({ sites }, { patched }) => patched && picked(patched, sites, ({ kind }) => kind === title),
    })),
  );
}

interface CorrelationColumn {
  readonly title: string;
  /** What was measured. */
  of(prompt: Prompt): readonly number[];
  /** What a method says; null where it says nothing. */
  by(prompt: Prompt, scored: Scored): readonly number[] | null;
}

function tellCorrelations(measured: readonly Prompt[], columns: readonly CorrelationColumn[]): void {
  console.log(`${''.padEnd(nameWidth)}${columns.map(({ title }) => title.padStart(24)).join('')}`);
  for (const name of contenderNames) {
    const own = ({ scored }: Prompt) => scored.get(name)!;
    if (!columns[0]!.by(measured[0]!, own(measured[0]!))) continue;
    const cells = columns.map(({ of, by }) =>
      cell(
        bootstrap(measured, (drawn) =>
          correlation(
            drawn.flatMap((prompt) => by(prompt, own(prompt))!),
            drawn.flatMap((prompt) => of(prompt)),
          ),
        ),
      ),
    );
    console.log(`${name.padEnd(nameWidth)}${cells.join('')}`);
  }
}

/** The values of those items that are wanted. */
function picked<T>(values: readonly number[], items: readonly T[], wanted: (item: T) => boolean): number[] {
  return values.filter((_, index) => wanted(items[index]!));
}

const nameWidth = 22;

/** Of the methods that may be the default, the one that is best on most of the columns. */
function choose(measured: readonly Prompt[], costs: ReadonlyMap<ContenderName, number>): ContenderName {
  const affordable = additive.filter((name) => costs.get(name)! <= defaultCost);
  const wins = new Map(affordable.map((name) => [name, 0]));
  for (const [column, sign] of Object.entries(sourceColumns) as [SourceColumn, 1 | -1][]) {
    const value = (name: ContenderName) =>
      sign * meanOf(measured.map(({ scored }) => scored.get(name)![column]));
    const best = affordable.toSorted((a, b) => value(b) - value(a))[0]!;
    wins.set(best, wins.get(best)! + 1);
  }
  const winner = [...wins].toSorted((a, b) => b[1] - a[1])[0]![0];
  console.log(
    `\nOf the methods whose scores add up and that cost at most ${defaultCost} forwards (${affordable.join(', ')}), ${winner} is best on ${wins.get(winner)} of ${Object.keys(sourceColumns).length} columns of sources. The default is ${defaultMethod}.`,
  );
  return winner;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function cell({ value, low, high }: ReturnType<typeof bootstrap>): string {
  const show = (x: number) => x.toFixed(3).replace(/^(-?)0\./, '$1.');
  return `${show(value)} [${show(low)}, ${show(high)}]`.padStart(24);
}

async function main(): Promise<void> {
  if (process.env.WHENCE_MODEL !== 'smollm2')
    await run({ path: 'models/whence-code', range: { least: 32, most: 96 }, judged: true });
  const larger = process.env.WHENCE_SMOLLM2;
  if (larger) await run({ path: larger, range: { least: 16, most: 24 }, judged: false });
  else console.log('\nSmolLM2-135M is left out: WHENCE_SMOLLM2 names no file.');
}

void main();
