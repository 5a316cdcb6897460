import { readFileSync } from 'node:fs';
import { type Ask, type Cost, costOf, type Memory, type Runner } from './runner';

/** Answers the bench over the channel it forked this process with, one question after the other. */
export function serve(runner: Runner): void {
  process.on('message', (ask: Ask) => {
    answer(runner, ask).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: String(error instanceof Error ? error.stack : error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

async function answer(runner: Runner, ask: Ask): Promise<Cost | Memory> {
  if (ask.kind === 'memory') return memory();
  let token: number | undefined;
  const cost = await costOf(async () => {
    token = await work(runner, ask);
  });
  return { ...cost, token };
}

async function work(runner: Runner, ask: Ask): Promise<number | undefined> {
  if (ask.kind === 'load') await runner.load(ask.path, ask.threads);
  else if (ask.kind === 'unload') await runner.unload();
  else if (ask.kind === 'decode') await runner.decode(ask.count);
  else if (ask.kind === 'prefill') return runner.prefill(ask.count);
  return undefined;
}

/** Of this process, as Linux counts it; a file that is mapped twice counts once. */
function memory(): Memory {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const bytes = (name: string) => 1024 * Number(rollup.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1]);
  return { private: bytes('Pss_Anon'), shared: bytes('Pss_File') + bytes('Pss_Shmem') };
}
