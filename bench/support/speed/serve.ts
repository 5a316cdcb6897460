import { readFileSync } from 'node:fs';
import type { Ask, Cost, Memory, Runner } from './runner';

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
  const start = performance.now();
  const before = process.cpuUsage();
  const token = await work(runner, ask);
  const { user, system } = process.cpuUsage(before);
  return {
    wall: (performance.now() - start) / 1e3,
    processor: (user + system) / 1e6,
    ...(token !== undefined && { token }),
  };
}

async function work(runner: Runner, ask: Ask): Promise<number | undefined> {
  if (ask.kind === 'load') await runner.load(ask.path, ask.threads);
  else if (ask.kind === 'unload') await runner.unload();
  else if (ask.kind === 'decode') await runner.decode(ask.count);
  else if (ask.kind === 'prefill') return runner.prefill(ask.count);
  return undefined;
}

/** Of this process, as Linux counts it. */
function memory(): Memory {
  const status = readFileSync('/proc/self/status', 'utf8');
  const bytes = (name: string) => 1024 * Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1]);
  return { private: bytes('RssAnon'), shared: bytes('RssFile') + bytes('RssShmem') };
}
