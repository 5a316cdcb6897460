// A window that gets killed: starts the engine, keeps it busy, and tells its own parent the engine's process id.
import { generation, TestEngine } from './engine';

async function work(): Promise<void> {
  const engine = await TestEngine.create();
  const asking = engine.process.request('generate', generation);
  process.send?.(engine.pids[0]);
  await asking;
  for (;;) await engine.process.request('generate', generation);
}

void work();
