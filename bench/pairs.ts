// What patching single activations does and what each method says of it, between two prompts that differ in one token alone, as
// circuits are studied (Wang et al. 2022; Kramár et al. 2024): of real code, with the token that the answer needs most replaced
// by another of the text. WHENCE_PROMPTS sets the number of pairs.
import { correlation } from '../src/core/correlation';
import { defaultSettings } from '../src/core/explanation';
import { attributeDirectly } from '../src/engine/explain/direct';
import { Distribution } from '../src/engine/explain/distribution';
import type { Asked } from '../src/engine/explain/methods/method';
import { leaveOneOut } from '../src/engine/explain/methods/occlusion';
import { tokenMetric } from '../src/engine/explain/metric';
import { randomFrom } from '../src/engine/explain/random';
import { traceOf } from '../src/engine/explain/trace';
import type { Model } from '../src/engine/model';
import { loadModel } from '../src/engine/run/load';
import { contenders } from './support/contenders';
import { embedded } from './support/engine';
import {
  estimatedEffects,
  type PatchedKind,
  patchedEffects,
  patchedKinds,
  sitesAt,
  valuesAt,
} from './support/patching';
import { realContexts } from './support/realCode';
import { bootstrap } from './support/statistics';

const defaultPairs = 120;
const leastProbability = 0.1;
/** Positions between the token that differs and the last, beside those two. */
const between = 2;
/** Attribution patching must come so near to patching where a change can be small, at the residual stream. */
const goal = 0.95;

/** Of one pair: by kind of activation, what patching does and what each method says. */
type Pair = ReadonlyMap<
  PatchedKind,
  { readonly exact: number[]; readonly said: ReadonlyMap<string, number[]> }
>;

async function main(): Promise<void> {
  const count = Number(process.env.WHENCE_PROMPTS ?? defaultPairs);
  const model = await loadModel(embedded, { threads: 0 });
  const pairs: Pair[] = [];
  for (const ids of realContexts(model, { least: 32, most: 96 }, 11)) {
    if (pairs.length === count) break;
    const pair = await measure(model, ids);
    if (pair) pairs.push(pair);
  }
  console.log(
    `${model.info.id}: ${pairs.length} pairs of 32 to 96 tokens. r with exact activation patching, pooled over the pairs [95% by bootstrap over pairs]\n`,
  );
  await model.close();
  console.log(`${''.padEnd(22)}${patchedKinds.map((kind) => kind.padStart(24)).join('')}`);
  for (const name of methodNames) {
    const found = patchedKinds.map((kind) =>
      bootstrap(pairs, (drawn) =>
        correlation(
          drawn.flatMap((pair) => pair.get(kind)!.said.get(name)!),
          drawn.flatMap((pair) => pair.get(kind)!.exact),
        ),
      ),
    );
    const cells = found.map(({ value, low, high }) =>
      `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`.padStart(24),
    );
    console.log(`${name.padEnd(22)}${cells.join('')}`);
    if (name === 'attribution patching' && found[0]!.value < goal) process.exitCode = 1;
  }
}

const methodNames = [
  ...Object.entries(contenders).flatMap(([name, contender]) => ('patching' in contender ? [name] : [])),
  'random',
];

/** Null for a text whose next token is too uncertain. */
async function measure(model: Model, ids: readonly number[]): Promise<Pair | null> {
  const trace = await traceOf(model, ids);
  const distribution = new Distribution(trace.logits);
  const target = distribution.first();
  if (distribution.probabilityOf(target) < leastProbability) return null;
  const random = randomFrom(ids);
  const alone = await askedOf(model, ids, target, null);
  const changed = mostNeeded(model, ids, await leaveOneOut(alone));
  const others = ids.filter((id) => id !== ids[changed] && !model.tokenizer.isSpecial(id));
  const counterfactual = await traceOf(
    model,
    ids.with(changed, others[Math.floor(random() * others.length)]!),
  );
  // What either text goes on with, or, where that is the same, the token by itself.
  const answer = new Distribution(counterfactual.logits).first();
  const asked = {
    ...(await askedOf(model, ids, target, answer === target ? null : answer)),
    counterfactual,
  };
  const sites = sitesAt(asked, positionsFrom(changed, trace.query, random));
  const values = await valuesAt(asked, counterfactual, sites);
  const exact = await patchedEffects(asked, values, sites);
  const said = new Map<string, readonly number[]>([['random', sites.map(() => random())]]);
  for (const [name, contender] of Object.entries(contenders)) {
    if ('patching' in contender)
      said.set(name, await estimatedEffects(asked, values, sites, contender.patching));
  }
  return new Map(
    patchedKinds.map((kind) => {
      const own = (list: readonly number[]) => list.filter((_, index) => sites[index]!.kind === kind);
      return [kind, { exact: own(exact), said: new Map([...said].map(([name, all]) => [name, own(all)])) }];
    }),
  );
}

async function askedOf(
  model: Model,
  ids: readonly number[],
  target: number,
  contrast: number | null,
): Promise<Asked> {
  const trace = await traceOf(model, ids);
  const metric = tokenMetric({ target, contrast });
  const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
  return { model, trace, metric, total: metric.valueOf(trace.logits), direct, settings: defaultSettings };
}

/** The token whose deletion costs the answer most, the last and the prompt format's aside. */
function mostNeeded({ tokenizer }: Model, ids: readonly number[], scores: readonly number[]): number {
  const free = ids.flatMap((id, at) => (at === ids.length - 1 || tokenizer.isSpecial(id) ? [] : [at]));
  return free.toSorted((a, b) => scores[b]! - scores[a]!)[0]!;
}

/** The two ends and some positions between them. */
function positionsFrom(first: number, last: number, random: () => number): readonly number[] {
  const inside = Array.from({ length: between }, () => first + Math.floor(random() * (last - first)));
  return [...new Set([first, ...inside, last])];
}

void main();
