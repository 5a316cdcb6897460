// As `cancel`, with a model of SmolLM2-135M's shape: every question runs for seconds there. Random weights, written here.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { greedy } from '../src/core/generation';
import { smollm2Shape, writeRandomGguf } from '../test/engine/support/randomGguf';
import { codeOf, startEngine, timed } from './support/engine';
import { report } from './support/report';
import { type Ask, withdrawals } from './support/withdrawal';

const rounds = 12;
/** Of work that takes longer, the first milliseconds count. */
const longest = 8000;
const stream = 1;

/** Its vocabulary spells bytes, so that a text has about as many tokens as characters. */
const ids = (count: number) => Array.from({ length: count }, (_, i) => 1 + ((i * 37) % 200));
const generating = { language: 'python', stopAt: 'limit', sampling: greedy, stream } as const;
const asking = { target: null, contrast: null, stream } as const;

const questions: readonly (readonly [string, Ask])[] = [
  [
    'read 1,024 tokens',
    ({ connection }, options) =>
      connection.request('generate', { ...generating, text: codeOf(1024), maxTokens: 1 }, options),
  ],
  [
    'generate 64 tokens',
    ({ connection }, options) =>
      connection.request('generate', { ...generating, text: codeOf(64), maxTokens: 64 }, options),
  ],
  [
    'explain and check, 256 tokens',
    ({ connection }, options) =>
      connection.request('explain', { ...asking, ids: ids(256), position: 256, verify: true }, options),
  ],
  [
    'trace 500 nodes over 32 tokens',
    ({ connection }, options) =>
      connection.request(
        'trace',
        { ...asking, ids: ids(32), position: 32, mass: null, nodes: 500, heads: 'nodes' },
        options,
      ),
  ],
  [
    'make an index',
    ({ connection }, options) =>
      connection.request(
        'index/build',
        { corpus: { name: 'bench', folders: [join(process.cwd(), 'corpus')], texts: 200 }, stream },
        options,
      ),
  ],
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'whence-cancel-'));
  try {
    const path = join(folder, 'large.gguf');
    writeRandomGguf(path, smollm2Shape, 'F32');
    for (const [what, ask] of questions) {
      const engine = await startEngine(0, join(folder, 'storage'));
      await engine.connection.request('model/load', { path, stream });
      const first = await Promise.race([
        timed(() => ask(engine, {})).catch(() => longest),
        new Promise<number>((done) => setTimeout(done, longest, longest)),
      ]);
      await engine.end();
      // Beginning anew, so that what is done the first time, the making of sessions, is withdrawn from too.
      const fresh = await startEngine(0, join(folder, 'storage'));
      await fresh.connection.request('model/load', { path, stream });
      const row = await withdrawals(what, async () => fresh, ask, {
        duration: Math.min(first, longest),
        rounds,
      });
      await fresh.end();
      report('from withdrawal to the end of work', [row]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
