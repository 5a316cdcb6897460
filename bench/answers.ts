// Is the verdict right? Where a token is said to be copied, composed or recalled, against cases of known answer and against
// experiments on real code. The limits in src/core/origin.ts were chosen on the first half of the cases of each kind, the
// tables are of the second.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnswerKind } from '../src/core/answer';
import type { Explanation } from '../src/core/explanation';
import { originOf } from '../src/core/origin';
import { Distribution } from '../src/engine/explain/distribution';
import { explain } from '../src/engine/explain/explain';
import { draw, randomFrom } from '../src/engine/explain/random';
import { logitsWithout } from '../src/engine/explain/verify';
import type { Model } from '../src/engine/model';
import { loadModel } from '../src/engine/run/load';
import { originCases } from './support/originCases';

/** Real code is asked about at so many places, in contexts of so many tokens. */
const places = 400;
const contextRange = { least: 40, most: 240 };
/** A token is known from nearby when so many tokens before it give it at least half its probability. */
const nearby = 8;
/** Share of the constructed cases that must be told apart rightly. */
const goal = 0.9;

interface Judged {
  readonly truth: string;
  readonly verdict: AnswerKind;
}

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const constructed = await judgeConstructed(model);
  const accuracy = tell(
    'Constructed: invented names due again, against words of languages and libraries',
    constructed,
    {
      copied: ['copied'],
      recalled: ['recalled'],
    },
  );
  const real = await judgeReal(model);
  tell('Real code: does the token go when its earlier occurrences do?', real.copying, {
    'goes with them': ['copied'],
    stays: ['composed', 'recalled'],
  });
  tell(`Real code, tokens that stay: do the last ${nearby} tokens suffice?`, real.reach, {
    suffice: ['recalled'],
    'more is needed': ['composed'],
  });
  await model.close();
  if (accuracy < goal) {
    console.error(`Below the goal of ${goal}.`);
    process.exitCode = 1;
  }
}

/** The model's first choices alone: of what it would not write, no origin is known. */
async function judgeConstructed(model: Model): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const { truth, language, prompt, answer } of originCases()) {
    const context = [...model.tokenizer.prefix(language), ...idsOf(model, prompt)];
    for (const id of idsOf(model, answer)) {
      const explanation = await ask(model, [...context, id]);
      context.push(id);
      const { kind, span } = originOf(explanation);
      const contradicts = truth === 'recalled' && span !== null;
      if (explanation.target.rank === 1 && !contradicts) judged.push({ truth, verdict: kind });
    }
  }
  return judged;
}

/**
 * First choices of at least 5% in this repository's code. Copied is what falls below half its probability when the
 * earlier occurrences of its text are deleted, and not when as many random tokens are.
 */
async function judgeReal(model: Model): Promise<{ readonly copying: Judged[]; readonly reach: Judged[] }> {
  const random = randomFrom([3]);
  const below = (limit: number) => Math.floor(random() * limit);
  const files = realFiles();
  const copying: Judged[] = [];
  const reach: Judged[] = [];
  while (copying.length < places) {
    const file = files[below(files.length)]!;
    const prefix = model.tokenizer.prefix(file.endsWith('.py') ? 'python' : 'typescript');
    const tokens = idsOf(model, readFileSync(file, 'utf8'));
    const length = contextRange.least + below(contextRange.most - contextRange.least);
    if (tokens.length <= length) continue;
    const start = below(tokens.length - length);
    const ids = [...prefix, ...tokens.slice(start, start + length + 1)];
    const explanation = await ask(model, ids);
    const { probability, rank } = explanation.target;
    if (rank !== 1 || probability < 0.05) continue;

    const origin = originOf(explanation);
    const halves = async (context: readonly number[], deleted: readonly number[]) =>
      (await probabilityWithout(model, context, deleted, explanation.target.id)) < probability / 2;
    const context = ids.slice(0, -1);
    const others = context
      .map((_, index) => index)
      .filter((index) => index > 0 && !origin.occurrences.includes(index));
    const goes =
      origin.occurrences.length > 0 &&
      (await halves(context, origin.occurrences)) &&
      !(await halves(context, draw(others.slice(0, -1), origin.occurrences.length, random)));
    copying.push({ truth: goes ? 'goes with them' : 'stays', verdict: origin.kind });
    if (goes || origin.kind === 'copied') continue;
    const far = await halves([...prefix, ...context.slice(-nearby)], []);
    reach.push({ truth: far ? 'more is needed' : 'suffice', verdict: origin.kind });
  }
  return { copying, reach };
}

function realFiles(): string[] {
  return ['src', 'samples', 'test', 'training'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|py)$/.test(name))
      .sort()
      .map((name) => join(folder, name)),
  );
}

function ask(model: Model, ids: readonly number[]): Promise<Explanation> {
  return explain(model, { ids, position: ids.length - 1, target: null, contrast: null, verify: false });
}

function idsOf(model: Model, text: string): number[] {
  return model.tokenizer.encode(text).map(({ id }) => id);
}

async function probabilityWithout(
  model: Model,
  ids: readonly number[],
  deleted: readonly number[],
  target: number,
) {
  const [logits] = await logitsWithout(model, ids, [deleted]);
  return new Distribution(logits!).probabilityOf(target);
}

/** Prints the second half as a confusion table; `right` says which verdicts are right for each truth. */
function tell(
  title: string,
  judged: readonly Judged[],
  right: Readonly<Record<string, readonly AnswerKind[]>>,
): number {
  const tested = judged.filter((_, index) => index % 2 === 1);
  const verdicts: readonly AnswerKind[] = ['copied', 'composed', 'recalled', 'unknown'];
  console.log(`\n${title}\n`);
  console.log(`${''.padEnd(18)}${verdicts.map((verdict) => verdict.padStart(10)).join('')}`);
  for (const truth of Object.keys(right)) {
    const counts = verdicts.map(
      (verdict) => tested.filter((one) => one.truth === truth && one.verdict === verdict).length,
    );
    console.log(`${truth.padEnd(18)}${counts.map((count) => String(count).padStart(10)).join('')}`);
  }
  const hits = tested.filter(({ truth, verdict }) => right[truth]!.includes(verdict)).length;
  const commonest = Math.max(
    ...Object.keys(right).map((truth) => tested.filter((one) => one.truth === truth).length),
  );
  const percent = (count: number) => `${((100 * count) / tested.length).toFixed(1)}%`;
  console.log(
    `\n${percent(hits)} of ${tested.length} right; always saying the commonest would be ${percent(commonest)}.`,
  );
  return hits / tested.length;
}

void main();
