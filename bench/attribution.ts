// What an explanation costs, in forwards of its context: the trace with its hooks, direct attribution, secant attribution,
// the measured check of sources, and the short run that tells recalled from composed.
import { defaultSettings } from '../src/core/explanation';
import { attributeDirectly } from '../src/engine/explain/direct';
import { secant } from '../src/engine/explain/methods/secant';
import { tokenMetric } from '../src/engine/explain/metric';
import { probabilityAlone } from '../src/engine/explain/recall';
import { blockHooks, traceOf } from '../src/engine/explain/trace';
import { verify } from '../src/engine/explain/verify';
import { loadModel } from '../src/engine/run/load';
import { codeOf, timed } from './support/engine';
import { type Row, report } from './support/report';

const lengths = [64, 128, 384];
const rounds = 40;
/** Everything that sources and components of one token need, in forwards. */
const goal = 2.5;
/** What the check may cost beyond that. */
const checkGoal = 3;

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  // Asking for the stream after the last block makes it compute every position, as a forward anywhere else does.
  const lastStream = blockHooks.output(model.info.layers - 1);
  for (const length of lengths) {
    const text = model.tokenizer.encode(codeOf(20 * length)).map(({ id }) => id);
    const ids = [...model.tokenizer.prefix('python'), ...text].slice(0, length);
    const samples = {
      forward: [] as number[],
      answer: [] as number[],
      trace: [] as number[],
      direct: [] as number[],
      all: [] as number[],
      check: [] as number[],
      recall: [] as number[],
    };
    for (let round = -5; round < rounds; round++) {
      const asked = { ids: [ids], logits: [ids.length - 1] };
      const forward = await timed(() => model.forward({ ...asked, hooks: [lastStream] }));
      const answer = await timed(() => model.forward({ ...asked, hooks: [] }));
      const start = performance.now();
      const trace = await traceOf(model, ids);
      const traced = performance.now();
      const metric = tokenMetric({ target: 7, contrast: null });
      const total = metric.valueOf(trace.logits);
      const direct = await attributeDirectly(model, trace, metric.weightsAt(trace.logits));
      const fetched = performance.now();
      const { sources } = await secant({ model, trace, metric, total, direct, settings: defaultSettings });
      const end = performance.now();
      await verify(model, trace, { metric, targets: [7], contrast: null }, sources);
      const checked = performance.now();
      await probabilityAlone(model, ids, 7);
      const recalled = performance.now();
      if (round < 0) continue;
      samples.forward.push(forward);
      samples.answer.push(answer / forward);
      samples.trace.push((traced - start) / forward);
      samples.direct.push((fetched - traced) / forward);
      samples.all.push((end - start) / forward);
      samples.check.push((checked - end) / forward);
      samples.recall.push((recalled - checked) / forward);
    }
    const rows: Row[] = [
      { what: 'a forward, every position', unit: 'ms', samples: samples.forward },
      { what: 'for the last logits alone', unit: 'forwards', samples: samples.answer },
      { what: 'the forward with its hooks', unit: 'forwards', samples: samples.trace },
      { what: 'direct attribution', unit: 'forwards', samples: samples.direct },
      {
        what: 'all: trace, direct and secant',
        unit: 'forwards',
        samples: samples.all,
        goal: { atMost: goal, percentile: 0.5 },
      },
      {
        what: 'the check: three deletions',
        unit: 'forwards',
        samples: samples.check,
        goal: { atMost: checkGoal, percentile: 0.5 },
      },
      { what: 'recalled or composed', unit: 'forwards', samples: samples.recall },
    ];
    report(`${length} tokens`, rows);
  }
  await model.close();
}

void main();
