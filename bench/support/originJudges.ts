import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Explanation } from '../../src/core/explanation';
import { nearbyTokens, originOf } from '../../src/core/origin';
import { Distribution } from '../../src/engine/explain/distribution';
import { explain } from '../../src/engine/explain/explain';
import { draw, randomFrom } from '../../src/engine/explain/random';
import { recallOf } from '../../src/engine/explain/recall';
import { logitsWithout } from '../../src/engine/explain/verify';
import type { Model } from '../../src/engine/model';
import { composedCases } from './composedCases';
import { originCases } from './originCases';

/** Real code is asked about at so many places, in contexts of so many tokens. */
const places = 400;
const contextRange = { least: 40, most: 240 };
/** A token is known from nearby when it keeps half its probability under most of so many stretches of other code. */
const stretches = 5;

/** What is true of a token, by construction or by experiment, and what is said of it. */
export interface Judged {
  readonly truth: string;
  readonly verdict: string;
}

/** The model's first choices alone: of what it would not write, no origin is known. */
export async function judgeConstructed(model: Model): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const { truth, language, prompt, answer } of originCases()) {
    const context = [...model.tokenizer.prefix(language), ...idsOf(model, prompt)];
    for (const id of idsOf(model, answer)) {
      const explanation = await checked(model, [...context, id]);
      context.push(id);
      const { kind, span } = originOf(explanation);
      const contradicts = truth === 'recalled' && span !== null;
      if (explanation.target.rank === 1 && !contradicts) judged.push({ truth, verdict: kind });
    }
  }
  return judged;
}

/** First choices that lose half their probability when the line of the value is one of another kind. */
export async function judgeComposed(model: Model): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const { language, prompt, others } of composedCases()) {
    const read = (text: string) => [...model.tokenizer.prefix(language), ...idsOf(model, text)];
    const ids = read(prompt);
    const id = (await distributionAfter(model, ids)).first();
    const before = (await distributionAfter(model, ids)).probabilityOf(id);
    const after: number[] = [];
    for (const other of others) after.push((await distributionAfter(model, read(other))).probabilityOf(id));
    if (before < 0.05 || after.every((probability) => probability >= before / 2)) continue;
    const { kind, occurrences } = originOf(await checked(model, [...ids, id]));
    if (occurrences.length === 0) judged.push({ truth: 'composed', verdict: kind });
  }
  return judged;
}

/**
 * First choices of at least 5% in this repository's code. Copied is what falls below half its probability when the
 * earlier occurrences of its text are deleted, and not when as many random tokens are. Of what stays, whether it needs
 * what stands further up is told by stretches of other real code in its place.
 */
export async function judgeReal(model: Model): Promise<{
  readonly copying: Judged[];
  readonly byShares: Judged[];
  readonly byCheck: Judged[];
}> {
  const random = randomFrom([3]);
  const below = (limit: number) => Math.floor(random() * limit);
  const files = realFiles().map((name) => ({ name, tokens: idsOf(model, readFileSync(name, 'utf8')) }));
  const copying: Judged[] = [];
  const byShares: Judged[] = [];
  const byCheck: Judged[] = [];
  while (copying.length < places) {
    const { name, tokens } = files[below(files.length)]!;
    const prefix = model.tokenizer.prefix(name.endsWith('.py') ? 'python' : 'typescript');
    const length = contextRange.least + below(contextRange.most - contextRange.least);
    if (tokens.length <= length) continue;
    const start = below(tokens.length - length);
    const ids = [...prefix, ...tokens.slice(start, start + length + 1)];
    const explanation = await checked(model, ids);
    const { probability, rank, id } = explanation.target;
    if (rank !== 1 || probability < 0.05) continue;

    const origin = originOf(explanation);
    const halves = async (deleted: readonly number[]) => {
      const [logits] = await logitsWithout(model, context, [deleted]);
      return new Distribution(logits!).probabilityOf(id) < probability / 2;
    };
    const context = ids.slice(0, -1);
    const others = context
      .map((_, index) => index)
      .filter((index) => index > 0 && !origin.occurrences.includes(index));
    const goes =
      origin.occurrences.length > 0 &&
      (await halves(origin.occurrences)) &&
      !(await halves(draw(others.slice(0, -1), origin.occurrences.length, random)));
    copying.push({ truth: goes ? 'goes with them' : 'stays', verdict: origin.kind });
    if (goes || explanation.recall === null) continue;
    let lost = 0;
    for (let stretch = 0; stretch < stretches; stretch++) {
      const other = files[below(files.length)]!.tokens;
      const from = below(Math.max(1, other.length - length));
      const changed = [
        ...prefix,
        ...other.slice(from, from + length - nearbyTokens),
        ...context.slice(-nearbyTokens),
      ];
      if ((await distributionAfter(model, changed)).probabilityOf(id) < probability / 2) lost++;
    }
    const truth = 2 * lost > stretches ? 'more is needed' : 'suffice';
    byShares.push({ truth, verdict: originOf({ ...explanation, recall: null }).kind });
    byCheck.push({ truth, verdict: origin.kind });
  }
  return { copying, byShares, byCheck };
}

function realFiles(): string[] {
  return ['src', 'samples', 'test', 'training'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|py)$/.test(name))
      .sort()
      .map((name) => join(folder, name)),
  );
}

/** With the measured check of recall, and without the one by deletion. */
async function checked(model: Model, ids: readonly number[]): Promise<Explanation> {
  const position = ids.length - 1;
  const explanation = await explain(model, { ids, position, target: null, contrast: null, verify: false });
  return { ...explanation, recall: await recallOf(model, explanation) };
}

function idsOf(model: Model, text: string): number[] {
  return model.tokenizer.encode(text).map(({ id }) => id);
}

async function distributionAfter(model: Model, ids: readonly number[]): Promise<Distribution> {
  const { logits } = await model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] });
  return new Distribution(logits!.data);
}
