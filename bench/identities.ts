// Do the scores add up? Direct and secant attribution on random prompts for every architecture there is a checkpoint of:
// the worst of the identities of each prompt, relative to max(1, |total|).
import { readdirSync } from 'node:fs';
import { defaultSettings } from '../src/core/explanation';
import { attributionChecks } from '../src/engine/explain/checks';
import { attributeDirectly } from '../src/engine/explain/direct';
import { secant } from '../src/engine/explain/methods/secant';
import { tokenMetric } from '../src/engine/explain/metric';
import { randomFrom } from '../src/engine/explain/random';
import { traceOf } from '../src/engine/explain/trace';
import { loadModel } from '../src/engine/run/load';
import { type Row, report } from './support/report';

const prompts = 500;
/** Tokens of a prompt; the checkpoints have small windows. */
const lengths = { least: 1, most: 16 };
const limit = 1e-4;
const folder = 'test/fixtures/checkpoints';

async function main(): Promise<void> {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const rows: Row[] = [];
  for (const { name } of names) {
    const goal = { atMost: limit, percentile: 1 };
    rows.push({ what: name, unit: 'relative', samples: await worstOf(`${folder}/${name}`), goal });
  }
  report(`${prompts} prompts each`, rows);
}

/** The largest identity error of each prompt. */
async function worstOf(path: string): Promise<number[]> {
  const model = await loadModel(path, { threads: 1, tokenizer: false });
  const random = randomFrom([5]);
  const below = (count: number) => Math.floor(random() * count);
  const worst: number[] = [];
  for (let prompt = 0; prompt < prompts; prompt++) {
    const count = lengths.least + below(lengths.most - lengths.least + 1);
    const ids = Array.from({ length: count }, () => below(model.info.vocabularySize));
    const target = below(model.info.vocabularySize);
    const other = below(model.info.vocabularySize);
    const trace = await traceOf(model, ids);
    const metric = tokenMetric({ target, contrast: prompt % 2 === 0 || other === target ? null : other });
    const total = metric.valueOf(trace.logits);
    const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
    const { checks } = await secant({ model, trace, metric, total, direct, settings: defaultSettings });
    worst.push(Math.max(...[...attributionChecks(direct, total), ...checks].map(({ value }) => value)));
  }
  await model.close();
  return worst;
}

void main();
