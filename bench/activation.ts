// What the extension costs before anything is asked of it: time to activate, and processes.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Activation } from './support/activate';
import { report } from './support/report';

const rounds = 25;

function activateInFreshProcess(): Promise<Activation> {
  const child = fork(join(process.cwd(), 'out/bench/support/activate.js'));
  return new Promise((resolve, reject) => {
    child.once('message', (activation) => resolve(activation as Activation));
    child.once('exit', (code) =>
      reject(new Error(`The extension could not be activated (exit code ${code}).`)),
    );
  });
}

async function main(): Promise<void> {
  const all: Activation[] = [];
  for (let round = 0; round < rounds; round++) all.push(await activateInFreshProcess());
  const row = { unit: 'ms' };
  report('activation', [
    { ...row, what: "run the extension's code", samples: all.map(({ code }) => code) },
    { ...row, what: 'its activate()', samples: all.map(({ activate }) => activate) },
    {
      ...row,
      what: 'both',
      samples: all.map(({ code, activate }) => code + activate),
      goal: { atMost: 50, percentile: 0.9 },
    },
    {
      what: 'processes before the first question',
      unit: '',
      samples: all.map(({ processes }) => processes),
      goal: { atMost: 0, percentile: 1 },
    },
  ]);
}

void main();
