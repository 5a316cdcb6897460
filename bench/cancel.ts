// How long the engine still works on a question after it was withdrawn: at a random moment of every kind of work.
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { WhenceError } from '../src/core/errors';
import { greedy } from '../src/core/generation';
import { type BenchEngine, codeOf, embedded, startEngine, timed } from './support/engine';
import { type Row, report } from './support/report';

const rounds = 60;
/** Not the worst one: that says more about what else the machine was doing. */
const goal = { atMost: 150, percentile: 0.95 };

type Ask = (engine: BenchEngine, options: { token?: CancellationTokenSource['token'] }) => Promise<unknown>;

async function measure(what: string, ask: Ask): Promise<Row> {
  const fresh = async () => {
    const engine = await startEngine();
    if (what !== loading) await engine.connection.request('model/load', { path: embedded, stream: 0 });
    return engine;
  };
  let engine = await fresh();
  const duration = await timed(() => ask(engine, {}));
  const samples: number[] = [];
  for (let round = 0; samples.length < rounds && round < 4 * rounds; round++) {
    if (what === loading) {
      await engine.end();
      engine = await fresh();
    }
    const source = new CancellationTokenSource();
    let withdrawn = Number.NaN;
    setTimeout(() => {
      withdrawn = performance.now();
      source.cancel();
    }, Math.random() * duration);
    const outcome = await ask(engine, { token: source.token }).catch((error: unknown) => error);
    // A question that was answered before it could be withdrawn says nothing.
    if (outcome instanceof WhenceError && outcome.code === 'cancelled')
      samples.push(performance.now() - withdrawn);
    else if (outcome instanceof Error) throw outcome;
  }
  await engine.end();
  return { what: `${what} (${Math.round(duration)} ms of work)`, unit: 'ms', samples, goal };
}

const loading = 'load the embedded model';
const stream = 1;
const long = codeOf(1200);
const huge = codeOf(2_000_000);
const shared = { language: 'python', stopAt: 'limit', sampling: greedy, stream } as const;

async function main(): Promise<void> {
  const engine = await startEngine();
  await engine.connection.request('model/load', { path: embedded, stream });
  const { prompt, scored } = await engine.connection.request('score', {
    text: long,
    language: 'python',
    range: { start: long.length - 1, end: long.length },
    stream,
  });
  await engine.end();
  const ids = [...prompt, ...scored].map(({ id }) => id);
  const explain = { ids, position: ids.length, target: null, contrast: null, verify: true, stream };
  const all: readonly [string, Ask][] = [
    [
      loading,
      ({ connection }, options) => connection.request('model/load', { path: embedded, stream }, options),
    ],
    [
      'generate 300 tokens',
      ({ connection }, options) =>
        connection.request('generate', { ...shared, text: codeOf(100), maxTokens: 300 }, options),
    ],
    [
      'generate at the end of a 2 MB file',
      ({ connection }, options) =>
        connection.request('generate', { ...shared, text: huge, maxTokens: 8 }, options),
    ],
    [
      `score all ${ids.length} tokens of a text`,
      ({ connection }, options) =>
        connection.request(
          'score',
          { text: long, language: 'python', range: { start: 0, end: long.length }, stream },
          options,
        ),
    ],
    [
      `explain and check, ${ids.length} tokens`,
      ({ connection }, options) => connection.request('explain', explain, options),
    ],
    [
      'measure the roles of heads',
      ({ connection }, options) => connection.request('model/heads', { stream }, options),
    ],
  ];
  const rows: Row[] = [];
  for (const [what, ask] of all) rows.push(await measure(what, ask));
  report('from withdrawal to the end of work', rows);
}

void main();
