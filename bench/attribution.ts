// What an explanation costs, in forwards of its context: the trace with its hooks, direct attribution, secant attribution.
import { defaultSettings } from '../src/core/explanation';
import { attributeDirectly } from '../src/engine/explain/direct';
import { secant } from '../src/engine/explain/methods/secant';
import { tokenMetric } from '../src/engine/explain/metric';
import { traceOf } from '../src/engine/explain/trace';
import { loadModel } from '../src/engine/run/load';
import { codeOf, timed } from './support/engine';
import { type Row, report } from './support/report';

const lengths = [64, 128, 384];
const rounds = 40;
/** Everything that sources and components of one token need, in forwards. */
const goal = 2.5;

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  for (const length of lengths) {
    const text = model.tokenizer.encode(codeOf(20 * length)).map(({ id }) => id);
    const ids = [...model.tokenizer.prefix('python'), ...text].slice(0, length);
    const samples = {
      forward: [] as number[],
      trace: [] as number[],
      direct: [] as number[],
      all: [] as number[],
    };
    for (let round = -5; round < rounds; round++) {
      const forward = await timed(() => model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] }));
      const start = performance.now();
      const trace = await traceOf(model, ids);
      const traced = performance.now();
      const metric = tokenMetric({ target: 7, contrast: null });
      const total = metric.valueOf(trace.logits);
      const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
      const fetched = performance.now();
      await secant({ model, trace, metric, total, direct, settings: defaultSettings });
      const end = performance.now();
      if (round < 0) continue;
      samples.forward.push(forward);
      samples.trace.push((traced - start) / forward);
      samples.direct.push((fetched - traced) / forward);
      samples.all.push((end - start) / forward);
    }
    const rows: Row[] = [
      { what: 'a forward without hooks', unit: 'ms', samples: samples.forward },
      { what: 'the forward with its hooks', unit: 'forwards', samples: samples.trace },
      { what: 'direct attribution', unit: 'forwards', samples: samples.direct },
      {
        what: 'all: trace, direct and secant',
        unit: 'forwards',
        samples: samples.all,
        goal: { atMost: goal, percentile: 0.5 },
      },
    ];
    report(`${length} tokens`, rows);
  }
  await model.close();
}

void main();
