import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { greedy } from '../../../src/core/generation';
import { forkEngine } from '../../../src/host/engine/fork';
import type { EngineSettings } from '../../../src/host/engine/life';
import { EngineProcess } from '../../../src/host/engine/process';
import type { RestartLimit } from '../../../src/host/engine/restarts';
import type { EngineState } from '../../../src/host/engine/state';

/** The engine as it ships. */
export const server = resolve('dist/server.js');
/** The model that ships. */
export const embedded = resolve('models/whence-code');

/** Starts the engine with flags for Node, which the extension never does. */
export function forkWith(...execArgv: string[]): ChildProcess {
  return fork(server, [], { execArgv, serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

export interface TestEngineOptions {
  readonly settings?: Partial<EngineSettings>;
  readonly limit?: RestartLimit;
  readonly fork?: () => ChildProcess;
}

/** The real engine under the extension's own management, with everything it says and does written down. */
export class TestEngine {
  readonly process: EngineProcess;
  readonly log: string[] = [];
  readonly states: EngineState[] = [];
  /** Of every process that was started, the current one last. */
  readonly children: ChildProcess[] = [];

  private constructor(
    readonly storage: string,
    options: TestEngineOptions,
  ) {
    const write = (line: string) => this.log.push(line);
    const start = options.fork ?? (() => forkEngine(server));
    this.process = new EngineProcess({
      fork: () => {
        const child = start();
        this.children.push(child);
        return child;
      },
      settings: () => ({
        model: embedded,
        storage,
        threads: 1,
        idleSeconds: 600,
        cacheBytes: 1e7,
        ...options.settings,
      }),
      log: { info: write, warn: write, error: write },
      limit: options.limit,
    });
    this.process.onDidChangeState((state) => this.states.push(state));
  }

  static async create(options: TestEngineOptions = {}): Promise<TestEngine> {
    return new TestEngine(await mkdtemp(join(tmpdir(), 'whence-engine-')), options);
  }

  get pids(): number[] {
    return this.children.map(({ pid }) => pid ?? 0);
  }

  /** Kills the engine as the system does it when memory is short: no warning, no goodbye. */
  crash(): void {
    this.children.at(-1)?.kill('SIGKILL');
  }

  /** Phases in the order they came, repetitions left out. */
  get phases(): string[] {
    return this.states.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]);
  }

  /** Ends everything; the processes that are still there two seconds later. */
  async dispose(): Promise<number[]> {
    this.process.dispose();
    const left = await waitFor(() => !this.pids.some(isAlive), 2000).then(
      () => [],
      () => this.pids.filter(isAlive),
    );
    await rm(this.storage, { recursive: true, force: true });
    return left;
  }
}

/** Whether a process runs; one that has ended and only waits to be counted by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Resolves when `condition` holds, with the milliseconds it took; rejects after `limit` milliseconds. */
export async function waitFor(condition: () => boolean, limit: number): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limit) throw new Error(`It did not come about within ${limit} ms.`);
    await pause(5);
  }
  return performance.now() - start;
}

/** Real code for questions of some length. */
export const code = `import math


class Circle:
    """A circle with its centre at the origin."""

    def __init__(self, radius):
        self.radius = radius

    def area(self):
        return math.pi * self.radius ** 2

    def scaled(self, factor):
        return Circle(self.radius * factor)


class Square:
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.`;

export const generation = {
  text: code,
  language: 'python',
  maxTokens: 48,
  stopAt: 'limit',
  sampling: greedy,
} as const;
