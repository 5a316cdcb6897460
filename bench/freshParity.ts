// The command line against transformers on checkpoints that nobody has seen: made now by test/fixtures/make_checkpoints.py, of
// every architecture and variant, with fresh seeds and other sizes. `whence run --model DIR --tokens … --hooks … --out F` writes
// logits, residual streams and patterns; the largest difference of any value relative to the largest value of its tensor, over
// all draws. $WHENCE_PYTHON names a Python with torch, transformers and safetensors; $WHENCE_SEED the first seed.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readTensors } from '../test/engine/support/golden';

const limit = 1e-4;
const sizes = [
  { hidden: 48, heads: 4, layers: 3, vocab: 120, tokens: 30 },
  { hidden: 64, heads: 8, layers: 2, vocab: 257, tokens: 40 },
  { hidden: 80, heads: 4, layers: 4, vocab: 96, tokens: 21 },
] as const;

interface Worst {
  logits: number;
  hooks: number;
  /** Positions whose first choice differs. */
  choices: number;
}

const program = resolve('dist', 'cli.js');

async function main(): Promise<void> {
  const python = process.env.WHENCE_PYTHON;
  if (!python) {
    console.log('WHENCE_PYTHON is not set: no checkpoints can be made.');
    return;
  }
  const first = Number(process.env.WHENCE_SEED ?? Math.floor(Math.random() * 1e6));
  const worst = new Map<string, Worst>();
  let version = '';
  for (const [at, size] of sizes.entries()) {
    const out = mkdtempSync(join(tmpdir(), 'whence-fresh-'));
    try {
      version = make(python, out, first + at, size);
      const { checkpoints } = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as {
        checkpoints: readonly { readonly name: string }[];
      };
      for (const { name } of checkpoints) {
        const now = await measure(join(out, name));
        const before = worst.get(name) ?? { logits: 0, hooks: 0, choices: 0 };
        worst.set(name, {
          logits: Math.max(before.logits, now.logits),
          hooks: Math.max(before.hooks, now.hooks),
          choices: before.choices + now.choices,
        });
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  }
  print(worst, version, first);
}

/** Makes every checkpoint; the version of transformers. */
function make(python: string, out: string, seed: number, size: (typeof sizes)[number]): string {
  const options = Object.entries({ out, seed, ...size }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const script = join('test', 'fixtures', 'make_checkpoints.py');
  const made = spawnSync(python, [script, ...options], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr.slice(-2000));
  return (JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as { transformers: string }).transformers;
}

async function measure(folder: string): Promise<Worst> {
  const golden = readTensors(join(folder, 'golden.safetensors'));
  const hooks = [...golden.keys()].filter((name) => name.startsWith('blocks.'));
  const tokens = [...golden.get('input_ids')!.data].join(',');
  const out = join(folder, 'ours.safetensors');
  const asked = ['run', '--model', folder, '--tokens', tokens, '--hooks', hooks.join(','), '--out', out];
  await promisify(execFile)(process.execPath, [program, ...asked]);
  const ours = readTensors(out);
  const apart = (name: string) => difference(ours.get(name)!.data, golden.get(name)!.data);
  const [rows, width] = golden.get('logits')!.dims as [number, number];
  const choice = (logits: Float32Array, row: number) => {
    const own = logits.subarray(row * width, (row + 1) * width);
    return own.indexOf(Math.max(...own));
  };
  const differs = (row: number) =>
    choice(ours.get('logits')!.data, row) !== choice(golden.get('logits')!.data, row);
  return {
    logits: apart('logits'),
    hooks: Math.max(...hooks.map(apart)),
    choices: Array.from({ length: rows }, (_, row) => row).filter(differs).length,
  };
}

function difference(ours: Float32Array, theirs: Float32Array): number {
  let largest = 0;
  let apart = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
  for (const [i, value] of theirs.entries()) {
    largest = Math.max(largest, Math.abs(value));
    apart = Math.max(apart, Math.abs(value - ours[i]!));
  }
  return apart / largest;
}

function print(worst: ReadonlyMap<string, Worst>, version: string, seed: number): void {
  const shapes = sizes.map(({ hidden, heads, layers, vocab, tokens }) =>
    [hidden, heads, layers, vocab, tokens].join('/'),
  );
  console.log(`Against transformers ${version}, fp32, eager attention; seeds from ${seed}`);
  console.log(`Hidden size/heads/layers/vocabulary/tokens: ${shapes.join(', ')}`);
  const line = (name: string, cells: readonly string[]) =>
    console.log(name.padEnd(24) + cells.map((cell) => cell.padStart(16)).join(''));
  line('', ['logits', 'hooks', 'other choices']);
  for (const [name, { logits, hooks, choices }] of worst) {
    line(name, [logits.toExponential(1), hooks.toExponential(1), String(choices)]);
    if (!(logits <= limit && hooks <= limit && choices === 0)) process.exitCode = 1;
  }
}

void main();
