// How long until a token's sources can be coloured: from the question to the explanation before its measured check, through the
// engine's process as the editor asks it. The first question of a process also makes the sessions, unless there was a pause before
// it, in which the engine makes them.
import { setTimeout } from 'node:timers/promises';
import type { ScoreResult } from '../src/core/generation';
import { codeOf, embedded, startEngine } from './support/engine';
import { type Row, report } from './support/report';

const lengths = [64, 128, 384];
const lives = 5;
const later = 20;
/** How long somebody looks at a completion before asking about it, in milliseconds. */
const pause = 2000;
const goal = 250;

async function main(): Promise<void> {
  const rows: Row[] = [];
  for (const length of lengths) {
    const first: number[] = [];
    const rested: number[] = [];
    const second: number[] = [];
    for (let life = 0; life < 2 * lives; life++) {
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
      const rests = life % 2 === 1;
      if (rests) await setTimeout(pause);
      (rests ? rested : first).push(await colours());
      for (let count = 0; count < later / (2 * lives); count++) second.push(await colours());
      await end();
    }
    const row = (what: string, samples: number[], aimed = true): Row => ({
      what: `${length} tokens, ${what}`,
      unit: 'ms',
      samples,
      ...(aimed && { goal: { atMost: goal, percentile: 0.5 } }),
    });
    rows.push(
      row('first question, at once', first, false),
      row('first question, after a pause', rested),
      row('later ones', second),
    );
  }
  report('first colours', rows);
}

void main();
