// How fast the engine reads and writes text, against llama.cpp on the same files and against the machine's own limits:
// models of random weights in the shapes of SmolLM2-135M and of the embedded model. Everything is measured in turns
// within one run, and the best of the rounds counts. `WHENCE_BENCH_THREADS=1` measures one thread by the time of the
// processor, which other work on the machine hardly lengthens; without it all cores work, by the clock.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type LlamaShape,
  type MatrixType,
  smollm2Shape,
  writeRandomGguf,
} from '../test/engine/support/randomGguf';
import { figure, table } from './support/report';
import { type Limits, limits } from './support/speed/limits';
import { llamaFolder, version } from './support/speed/llamaPackage';
import { Side } from './support/speed/side';

interface Size {
  readonly name: string;
  readonly shape: LlamaShape;
  readonly types: readonly MatrixType[];
  /** Tokens of the texts that are read. */
  readonly read: readonly [number, number];
  /** Tokens behind which tokens are written. */
  readonly write: readonly [number, number];
}

const smollm2: Size = {
  name: 'SmolLM2-135M',
  shape: smollm2Shape,
  types: ['F32', 'F16', 'Q8_0', 'Q4_0'],
  read: [128, 512],
  write: [128, 1000],
};
const embedded: Size = {
  name: 'the embedded model',
  shape: { hidden: 192, neurons: 512, layers: 4, heads: 4, keyHeads: 4, vocabulary: 4096, context: 512 },
  types: ['F16'],
  read: [128, 480],
  write: [128, 480],
};

const threads = Number(process.env.WHENCE_BENCH_THREADS ?? availableParallelism());
const clock = threads === 1 ? 'processor' : 'wall';
const rounds = 2;
/** Tokens written in one measurement. */
const written = 8;

/** What is asked of SmolLM2, of the ratio to llama.cpp and of the share of the machine's limit. */
const ratioGoals: Readonly<Partial<Record<MatrixType, { read?: number; write?: number }>>> = {
  F32: { read: 2.5 },
  Q8_0: { read: 1.3, write: 1.2 },
  Q4_0: { write: 1 },
};
const writeShareGoals: Readonly<Partial<Record<MatrixType, number>>> = { F32: 0.9, Q8_0: 0.9 };
const loadSeconds = 1;
const privateMegabytes = 300;

async function measure({ read, write }: Size, path: string, sides: readonly Side[]): Promise<void> {
  const load = { kind: 'load', path, threads } as const;
  for (const side of sides) await side.measure('load for the first time', load);
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      await side.ask({ kind: 'unload' });
      await side.measure('load', load);
    }
  }
  for (const count of new Set([...read, ...write])) {
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const { token } = await side.measure(`read ${count}`, { kind: 'prefill', count }, count);
        if (round === 0) side.choices.push(token!);
        if (!write.includes(count)) continue;
        for (let i = 0; i < 2; i++) {
          await side.measure(`write after ${count}`, { kind: 'decode', count: written }, written);
        }
      }
    }
    if (count === read[1]) for (const side of sides) await side.weigh();
  }
}

/** A line of the table: cells, with the verdict on goals in the last. */
function line(
  what: string,
  unit: 's' | 'MB' | 'tokens/s',
  values: readonly number[],
  share?: number,
  goals: { ratio?: number; share?: number; most?: number } = {},
): string[] {
  const [own, other] = values as [number, number?];
  const ratio = other === undefined ? undefined : unit === 'tokens/s' ? own / other : other / own;
  const missed =
    (goals.ratio !== undefined && ratio !== undefined && ratio < goals.ratio) ||
    (goals.share !== undefined && share! < goals.share) ||
    (goals.most !== undefined && own > goals.most);
  if (missed) process.exitCode = 1;
  const asked = [
    goals.ratio === undefined ? '' : `ratio ≥ ${goals.ratio}`,
    goals.share === undefined ? '' : `limit ≥ ${goals.share}`,
    goals.most === undefined ? '' : `≤ ${goals.most} ${unit}`,
  ].filter((goal) => goal !== '');
  const cell = (value: number | undefined) => (value === undefined ? '' : figure(value));
  const verdict = asked.length === 0 ? '' : missed ? 'MISSED' : 'reached';
  return [what, cell(own), cell(other), unit, cell(ratio), cell(share), asked.join(', '), verdict];
}

function lines(
  size: Size,
  type: MatrixType,
  bytes: number,
  sides: readonly Side[],
  limit: Limits,
): string[][] {
  const { hidden, neurons, layers, heads, keyHeads } = size.shape;
  const matrices = layers * (2 * hidden * hidden * (1 + keyHeads / heads) + 3 * hidden * neurons);
  const real = size === smollm2;
  const seconds = (what: string) => sides.map((side) => side.seconds.get(what)!);
  const speeds = (what: string) => seconds(what).map((value) => 1 / value);
  const megabytes = (what: 'private' | 'shared') => sides.map(({ memory }) => memory[what] / 1e6);
  return [
    line('load for the first time', 's', seconds('load for the first time')),
    line('load', 's', seconds('load'), undefined, real && type === 'F32' ? { most: loadSeconds } : {}),
    ...size.read.map((count) => {
      const own = speeds(`read ${count}`);
      const share = (2 * matrices * own[0]!) / limit.multiply;
      return line(`read ${count}`, 'tokens/s', own, share, real ? { ratio: ratioGoals[type]?.read } : {});
    }),
    ...size.write.map((count) => {
      const own = speeds(`write after ${count}`);
      const goals = { ratio: ratioGoals[type]?.write, share: writeShareGoals[type] };
      const share = (bytes * own[0]!) / limit.read;
      return line(`write after ${count}`, 'tokens/s', own, share, real ? goals : {});
    }),
    line('private memory', 'MB', megabytes('private'), undefined, real ? { most: privateMegabytes } : {}),
    line('mapped from files', 'MB', megabytes('shared')),
  ];
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'whence-speed-'));
  try {
    const llama = llamaFolder();
    console.log(
      `${threads} ${threads === 1 ? 'thread, seconds of the processor' : 'threads, by the clock'}; best of ${rounds} rounds` +
        `${llama ? `; llama.cpp through node-llama-cpp ${version}` : ''}`,
    );
    for (const size of [smollm2, embedded]) {
      for (const type of size.types) {
        const path = join(folder, `${size.shape.layers}-${type}.gguf`);
        writeRandomGguf(path, size.shape, type);
        const ours = new Side('ours', [folder], clock);
        const sides = llama ? [ours, new Side('llama', [llama, `${size.shape.vocabulary}`], clock)] : [ours];
        const before = await limits(threads, clock);
        await measure(size, path, sides);
        const after = await limits(threads, clock);
        const limit = {
          multiply: Math.max(before.multiply, after.multiply),
          read: Math.max(before.read, after.read),
        };
        console.log(
          `\n${size.name}, ${type}; the machine multiplies ${figure(limit.multiply / 1e9)} GFLOP/s and reads ${figure(limit.read / 1e9)} GB/s`,
        );
        const header = [
          '',
          'Whence',
          ...(llama ? ['llama.cpp'] : ['']),
          '',
          'ratio',
          'of the limit',
          'goal',
          '',
        ];
        console.log(table([header, ...lines(size, type, statSync(path).size, sides, limit)]));
        const [own, other] = sides.map(({ choices }) => choices.join(', '));
        if (other !== undefined) console.log(`next tokens chosen: ${own}; llama.cpp: ${other}`);
        for (const side of sides) await side.end();
        rmSync(path);
        rmSync(join(folder, 'storage'), { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
