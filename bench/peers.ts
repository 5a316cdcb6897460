// What captum, inseq and TransformerLens say of the same weights, beside Whence: how far apart, from the golden values,
// and, where $WHENCE_PYTHON is a Python that has them, how long each takes on this machine.
import { spawnSync } from 'node:child_process';
import { loadModel } from '../src/engine/run/load';
import { compared, comparisons, peers, peersScript, stale } from '../test/engine/support/peers';
import { timed } from './support/engine';
import { type Row, report } from './support/report';

const rounds = 5;
const minute = 60_000;

async function agreement(): Promise<void> {
  const names = Object.entries(peers.versions).map(([name, version]) => `${name} ${version}`);
  console.log(`Against ${names.join(', ')}\n`);
  const title = ['checkpoint', 'peer', 'method', '1 − cosine', 'largest error'];
  const line = (cells: readonly string[]) =>
    console.log(cells.map((cell, at) => (at < 3 ? cell.padEnd(32 - 7 * at) : cell.padStart(14))).join(''));
  line(title);
  for (const golden of peers.checkpoints) {
    const old = stale(golden);
    if (old) {
      console.log(old);
      process.exitCode = 1;
      continue;
    }
    const model = await loadModel(golden.checkpoint, { threads: 0, tokenizer: false });
    for (const { peer, method, ours } of comparisons) {
      const theirs = golden[peer]?.[method];
      if (!theirs) continue;
      const { cosine, error } = compared(await ours(model, golden), theirs);
      const apart = (1 - cosine).toExponential(1);
      line([golden.checkpoint.split('/').at(-1)!, peer, method, apart, error.toExponential(1)]);
      if (!(cosine >= 0.999 && error <= 1e-3)) process.exitCode = 1;
    }
    await model.close();
  }
}

/** Milliseconds of each method of the peers, by name; or why there are none. */
function peerTimes(): Readonly<Record<string, readonly number[]>> | string {
  const python = process.env.WHENCE_PYTHON;
  if (!python) return 'WHENCE_PYTHON is not set: no times side by side.';
  const { status, stdout, stderr, error } = spawnSync(python, [peersScript, '--time'], {
    encoding: 'utf8',
    timeout: 10 * minute,
  });
  if (status !== 0) {
    return `${python} cannot run ${peersScript}, so there are no times side by side: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
  }
  return (JSON.parse(stdout.trim().split('\n').at(-1)!) as { milliseconds: Record<string, number[]> })
    .milliseconds;
}

async function times(): Promise<void> {
  const theirs = peerTimes();
  if (typeof theirs === 'string') {
    console.log(`\n${theirs}`);
    return;
  }
  const golden = peers.checkpoints[0]!;
  const model = await loadModel(golden.checkpoint, { threads: 0, tokenizer: false });
  const rows: Row[] = [];
  for (const { peer, method, ours } of comparisons) {
    const samples: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const taken = await timed(() => ours(model, golden));
      if (round >= 0) samples.push(taken);
    }
    const own: Row = { what: `${method}: Whence`, unit: 'ms', samples };
    const other = theirs[`${peer} ${method}`]!;
    rows.push(own, { what: `${method}: ${peer}`, unit: 'ms', samples: other, relativeTo: own });
  }
  await model.close();
  console.log();
  report(`${golden.ids.length} tokens`, rows);
}

void agreement().then(times);
