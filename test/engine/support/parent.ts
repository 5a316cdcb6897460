// A window that gets killed: starts the engine, keeps it busy, and tells its own parent the engine's process id.
import { generation, TestEngine, waitFor } from './engine';

async function work(): Promise<void> {
  const engine = await TestEngine.create();
  const asking = engine.process.request('generate', generation);
  await waitFor(() => engine.pids.length > 0, 5000);
  process.send?.(engine.pids[0]);
  await asking;
  for (;;) await engine.process.request('generate', generation);
}

void work();
