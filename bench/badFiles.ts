// Damaged model files: each is opened and described as a whole one would be, and must give a model or one clear error
// within a second of computing, with bounded memory and no half-written expansion. WHENCE_DAMAGED_FILES sets how many of each kind.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WhenceError } from '../src/core/errors';
import { openModel } from '../src/engine/checkpoint/open';
import { programOf } from '../src/engine/compile/graphs';
import { damaged, randomOf } from './support/damage';

const count = Number(process.env.WHENCE_DAMAGED_FILES ?? 1000);
const seed = Number(process.env.WHENCE_SEED ?? 1);
const longestMilliseconds = 1000;
const largestBytes = 512 * 2 ** 20;

const fixtures = join('test', 'fixtures');
interface Kind {
  readonly what: string;
  /** Path of the file that is damaged, within the copy of `source`. */
  readonly file: string;
  /** Folder or file that is opened, within the copy. */
  readonly open: string;
  readonly source: string;
  readonly header: number;
}

const kinds: readonly Kind[] = [
  { what: 'GGUF, floats', source: 'gguf', file: 'llama-f32.gguf', open: 'llama-f32.gguf', header: 4000 },
  { what: 'GGUF, blocks', source: 'gguf', file: 'llama-q8.gguf', open: 'llama-q8.gguf', header: 4000 },
  { what: 'safetensors', source: 'checkpoints/phi3', file: 'model.safetensors', open: '.', header: 1800 },
  { what: 'config.json', source: 'checkpoints/phi3-long', file: 'config.json', open: '.', header: 900 },
];

async function attempt(
  path: string,
  storage: string,
): Promise<{ outcome: 'model' | 'error' | 'crash'; cause?: unknown }> {
  try {
    const { checkpoint } = await openModel(path, { storage });
    programOf(checkpoint);
    return { outcome: 'model' };
  } catch (error) {
    if (error instanceof WhenceError && error.code !== 'internal') return { outcome: 'error' };
    return { outcome: 'crash', cause: error };
  }
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function run(kind: Kind): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'whence-damaged-'));
  try {
    await cp(join(fixtures, kind.source), folder, { recursive: true });
    const file = join(folder, kind.file);
    const whole = readFileSync(file);
    const random = randomOf(seed);
    const tally = { model: 0, error: 0, crash: 0 };
    let longest = 0;
    let largest = 0;
    let half = 0;
    for (let i = 0; i < count; i++) {
      const bytes = damaged(whole, kind.header, random);
      writeFileSync(file, bytes);
      const began = process.cpuUsage();
      const { outcome, cause } = await attempt(join(folder, kind.open), join(folder, 'storage'));
      const { user, system } = process.cpuUsage(began);
      longest = Math.max(longest, (user + system) / 1000);
      largest = Math.max(largest, process.memoryUsage.rss());
      tally[outcome]++;
      if (outcome === 'crash') {
        process.exitCode = 1;
        writeFileSync(`damaged-${i}.bin`, bytes);
        console.error(`${kind.what} ${i} (kept as damaged-${i}.bin):`, cause);
      }
      if (names(join(folder, 'storage', 'expanded')).some((name) => name.includes('.partial-'))) half++;
      rmSync(join(folder, 'storage', 'expanded'), { recursive: true, force: true });
    }
    if (longest > longestMilliseconds || largest > largestBytes || half > 0) process.exitCode = 1;
    console.log(
      `${kind.what.padEnd(14)} ${count} files: ${tally.error} refused, ${tally.model} still models, ${tally.crash} crashes; ` +
        `longest ${longest.toFixed(0)} ms, ${(largest / 2 ** 20).toFixed(0)} MB at most, ${half} half-written`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  for (const kind of kinds) await run(kind);
}

void main();
