// Does a circuit add up? Over real contexts: by how much the inputs of the worst node miss its value, and how much of the
// output is known with ever more nodes.
import { influenceOf } from '../src/core/graphInfluence';
import { operatingHooks } from '../src/engine/circuit/operating';
import { singleTarget } from '../src/engine/circuit/targets';
import { traceCircuit } from '../src/engine/circuit/trace';
import { Distribution } from '../src/engine/explain/distribution';
import { traceOf } from '../src/engine/explain/trace';
import { loadModel } from '../src/engine/run/load';
import { realContexts } from './support/realCode';
import { type Row, report } from './support/report';

const contexts = 50;
const lengths = { least: 16, most: 64 };
const caps = [50, 100, 200, 400];

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const textOf = (id: number) => model.tokenizer.textOf(id);
  const misses = new Map<string, number[]>();
  const known = caps.map(() => ({ replacement: [] as number[], completeness: [] as number[] }));
  const falls: number[] = [];
  let seen = 0;
  for (const ids of realContexts(model, lengths)) {
    const trace = await traceOf(model, ids, undefined, 1, operatingHooks(model));
    const targets = [singleTarget(trace, new Distribution(trace.logits).first(), null)];
    let before = { replacement: 0, completeness: 0 };
    for (const [at, nodes] of caps.entries()) {
      const { graph, checks } = await traceCircuit(model, { trace, targets, nodes, textOf });
      for (const { name, value } of checks) misses.set(name, [...(misses.get(name) ?? []), value]);
      const now = influenceOf(graph);
      known[at]!.replacement.push(1 - now.replacement);
      known[at]!.completeness.push(1 - now.completeness);
      falls.push(Math.max(before.replacement - now.replacement, before.completeness - now.completeness));
      before = now;
    }
    seen += 1;
    if (seen === contexts) break;
  }
  await model.close();
  const rows: Row[] = [
    ...[...misses].map(
      ([name, samples]): Row => ({
        what: name,
        unit: 'off by, relative',
        samples,
        goal: { atMost: 1e-4, percentile: 1 },
      }),
    ),
    ...caps.flatMap((nodes, at): Row[] => [
      { what: `${nodes} nodes: 1 − replacement`, unit: '', samples: known[at]!.replacement },
      { what: `${nodes} nodes: 1 − completeness`, unit: '', samples: known[at]!.completeness },
    ]),
    {
      what: 'either falls with the next cap by',
      unit: '',
      samples: falls,
      goal: { atMost: 0, percentile: 1 },
    },
  ];
  report(`${model.info.id}, ${contexts} contexts of ${lengths.least} to ${lengths.most} tokens`, rows);
}

void main();
