// How long the engine still works on a question after it was withdrawn: at a random moment of every kind of work.
import { greedy } from '../src/core/generation';
import { codeOf, embedded, startEngine, timed } from './support/engine';
import { type Row, report } from './support/report';
import { type Ask, withdrawals } from './support/withdrawal';

const rounds = 60;
async function measure(what: string, ask: Ask): Promise<Row> {
  const fresh = async () => {
    const engine = await startEngine();
    if (what !== loading) await engine.connection.request('model/load', { path: embedded, stream: 0 });
    return engine;
  };
  let engine = await fresh();
  const duration = await timed(() => ask(engine, {}));
  const next = async () => {
    if (what !== loading) return engine;
    await engine.end();
    engine = await fresh();
    return engine;
  };
  const row = await withdrawals(what, next, ask, { duration, rounds });
  await engine.end();
  return row;
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
