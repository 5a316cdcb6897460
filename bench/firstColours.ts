// How long until a token's sources can be coloured: from the question to the explanation before its measured check, through the
// engine's process as the editor asks it. The first question of a process is the one that also makes the sessions.
import type { ScoreResult } from '../src/core/generation';
import { codeOf, embedded, startEngine } from './support/engine';
import { type Row, report } from './support/report';

const lengths = [64, 128, 384];
const lives = 8;
const later = 20;
const goal = 250;

async function main(): Promise<void> {
  const rows: Row[] = [];
  for (const length of lengths) {
    const first: number[] = [];
    const second: number[] = [];
    for (let life = 0; life < lives; life++) {
      const { connection, end } = await startEngine();
      await connection.request('model/load', { path: embedded, stream: 1 });
      const text = codeOf(20 * length);
      const range = { start: text.length - 1, end: text.length };
      const scored: ScoreResult = await connection.request('score', {
        text,
        language: 'python',
        range,
        stream: 1,
      });
      const ids = [...scored.prompt, ...scored.scored].map(({ id }) => id).slice(0, length);
      const colours = async () => {
        const start = performance.now();
        let coloured = Number.NaN;
        const question = {
          ids,
          position: ids.length - 1,
          target: null,
          contrast: null,
          verify: true,
          stream: 2,
        };
        await connection.request('explain', question, {
          listener: ({ name }) => {
            if (name === 'explain/attributed') coloured = performance.now() - start;
          },
        });
        return coloured;
      };
      first.push(await colours());
      for (let count = 0; count < later / lives; count++) second.push(await colours());
      await end();
    }
    const row = (what: string, samples: number[]): Row => ({
      what: `${length} tokens, ${what}`,
      unit: 'ms',
      samples,
      goal: { atMost: goal, percentile: 0.5 },
    });
    rows.push(row('first question', first), row('later ones', second));
  }
  report('first colours', rows);
}

void main();
