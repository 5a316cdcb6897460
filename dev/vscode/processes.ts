import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Kills the process group `group` as soon as its standard input closes, that is when the process that started it ends in
 * whatever way, SIGKILL included. `done` on its input lets it go without killing.
 */
const guardProgram = (group: number): string => `
  let said = '';
  process.stdin.on('data', (chunk) => { said += chunk; });
  process.stdin.on('close', () => { if (said !== 'done') try { process.kill(-${group}, 'SIGKILL'); } catch {} });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});`;

/** A process with all its descendants, which end together and never outlive the process that started them. */
export interface ProcessGroup {
  readonly child: ChildProcess;
  /** Asks the group to end and insists after `patience` milliseconds; resolves when no member is left. */
  end(patience?: number): Promise<void>;
}

/** Makes `child`, started with `detached: true`, such a group. */
export function processGroup(child: ChildProcess): ProcessGroup {
  const group = child.pid;
  if (group === undefined) throw new Error(`${child.spawnfile} could not be started.`);
  const guard = spawn(process.execPath, ['-e', guardProgram(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return {
    child,
    async end(patience = 3000) {
      signalGroup(group, 'SIGTERM');
      for (const start = Date.now(); Date.now() - start < patience && signalGroup(group, 0); )
        await sleep(50);
      while (signalGroup(group, 'SIGKILL')) await sleep(20);
      guard.stdin?.end('done');
    },
  };
}

/** False when the group has no member any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Command lines of the processes whose environment has `name=value`, wherever their group; Linux only. */
export function processesWith(name: string, value: string): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!environment.includes(`${name}=${value}`)) continue;
      found.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`);
    } catch {
      // It ended while we looked, or belongs to someone else.
    }
  }
  return found;
}
