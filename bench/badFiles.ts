// Damaged files of every kind that Whence reads: each is read as a whole one would be, and must give what it says or one clear
// error within a second of computing, with bounded memory and no half-written file. WHENCE_DAMAGED_FILES sets how many of all kinds together.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomOf } from './support/damage';
import type { Kind } from './support/foreign/kind';
import { kinds, outcomeOf } from './support/foreign/kinds';

const total = Number(process.env.WHENCE_DAMAGED_FILES ?? 3000);
const seed = Number(process.env.WHENCE_SEED ?? 1);
const longestMilliseconds = 1000;
const largestBytes = 512 * 2 ** 20;

/** Files that were begun and not ended, in the folder and those in it. */
function halfWritten(folder: string): number {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  return names.filter((name) => String(name).includes('.partial-')).length;
}

async function run(kind: Kind, count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'whence-damaged-'));
  try {
    const spoil = await kind.make(folder);
    // Else nothing would be told by what becomes of damage.
    if (!(await kind.read(folder))) throw new Error(`${kind.what} is not read as it is whole.`);
    const random = randomOf(seed);
    const tally = { read: 0, refused: 0, crash: 0 };
    let longest = 0;
    let largest = 0;
    let half = 0;
    for (let i = 0; i < count; i++) {
      const bytes = await spoil(random);
      const began = process.cpuUsage();
      const { outcome, cause } = await outcomeOf(kind, folder);
      const { user, system } = process.cpuUsage(began);
      const milliseconds = (user + system) / 1000;
      longest = Math.max(longest, milliseconds);
      largest = Math.max(largest, process.memoryUsage.rss());
      tally[outcome]++;
      if (outcome === 'crash' || milliseconds > longestMilliseconds) {
        const kept = `damaged-${kind.what.replaceAll(/\W+/g, '-')}-${i}.bin`;
        writeFileSync(kept, bytes ?? '');
        console.error(`${kind.what} ${i} (kept as ${kept}; ${milliseconds.toFixed(0)} ms):`, cause);
      }
      half += halfWritten(join(folder, 'storage'));
    }
    if (tally.crash > 0 || longest > longestMilliseconds || largest > largestBytes || half > 0)
      process.exitCode = 1;
    console.log(
      `${kind.what.padEnd(33)}${`${count}`.padStart(5)} files: ${`${tally.refused}`.padStart(5)} refused, ${`${tally.read}`.padStart(5)} read, ` +
        `${tally.crash} crashes; longest ${longest.toFixed(0).padStart(3)} ms, ${(largest / 2 ** 20).toFixed(0)} MB at most, ${half} half-written`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const shares = kinds.reduce((sum, { slow }) => sum + (slow ? 1 : 10), 0);
  const counts = kinds.map(({ slow }) => Math.ceil((total * (slow ? 1 : 10)) / shares));
  for (const [at, kind] of kinds.entries()) await run(kind, counts[at]!);
  console.log(`${kinds.length} kinds, ${counts.reduce((a, b) => a + b)} files`);
}

void main();
