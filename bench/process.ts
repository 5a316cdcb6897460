// What the engine costs as a process of its own: to start, to ask, to end.
import { greedy } from '../src/core/generation';
import { codeOf, embedded, startEngine, timed } from './support/engine';
import { type Row, report } from './support/report';

const rounds = 15;
const stream = 1;

async function main(): Promise<void> {
  const samples = { start: [], load: [], first: [], second: [], hop: [], end: [] } as Record<
    string,
    number[]
  >;
  const text = codeOf(400);
  const generate = {
    text,
    language: 'python',
    maxTokens: 1,
    stopAt: 'limit',
    sampling: greedy,
    stream,
  } as const;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const { connection, end } = await startEngine();
    samples.start?.push(performance.now() - start);
    samples.load?.push(await timed(() => connection.request('model/load', { path: embedded, stream })));
    samples.first?.push(await timed(() => connection.request('generate', generate)));
    samples.second?.push(await timed(() => connection.request('generate', generate)));
    // Loading what is loaded does nothing: what remains is the way there and back.
    for (let hop = 0; hop < 20; hop++) {
      samples.hop?.push(await timed(() => connection.request('model/load', { path: embedded, stream })));
    }
    samples.end?.push(await timed(end));
  }
  const row = (what: string, key: string, goal?: Row['goal']): Row => ({
    what,
    unit: 'ms',
    samples: samples[key] ?? [],
    goal,
  });
  report('the engine as a process', [
    row('start to handshake', 'start'),
    row('load the embedded model', 'load'),
    row('first token of 130, first question', 'first'),
    row('first token of 130, second question', 'second'),
    row('a question without work', 'hop', { atMost: 5, percentile: 0.9 }),
    row('SIGKILL to the end of the process', 'end', { atMost: 50, percentile: 0.5 }),
  ]);
}

void main();
