import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WhenceError } from '../../src/core/errors';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { ends, forwardGraph, programOf } from '../../src/engine/compile/graphs';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { idsToOnnx } from '../../src/engine/run/machine';
import { Sessions } from '../../src/engine/run/sessions';
import { tinyLlama, writeLlama } from '../reference/checkpoint';
import { randomIds } from '../reference/random';

const ids = randomIds(12, 50, 1);

async function logitsOf(folder: string): Promise<Float32Array> {
  const model = await loadModel(folder, { threads: 1, tokenizer: false });
  const { logits } = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
  await model.close();
  return logits!.data;
}

/** The tensors of a file with one weight file dealt out to two, as large models are published. */
function shard(from: string, to: string): void {
  const file = readFileSync(join(from, 'model.safetensors'));
  const start = 8 + Number(file.readBigUInt64LE(0));
  type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<string, Entry>;
  const names = Object.keys(header);
  const map: Record<string, string> = {};
  for (const part of [0, 1]) {
    const own = names.filter((_, index) => index % 2 === part);
    const name = `model-0000${part + 1}-of-00002.safetensors`;
    const entries: Record<string, Entry> = {};
    let at = 0;
    const data = own.map((tensor) => {
      const { dtype, shape, data_offsets } = header[tensor]!;
      const bytes = file.subarray(start + data_offsets[0], start + data_offsets[1]);
      entries[tensor] = { dtype, shape, data_offsets: [at, at + bytes.length] };
      at += bytes.length;
      map[tensor] = name;
      return bytes;
    });
    const json = Buffer.from(JSON.stringify(entries));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeFileSync(join(to, name), Buffer.concat([length, json, ...data]));
  }
  writeFileSync(join(to, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
  cpSync(join(from, 'config.json'), join(to, 'config.json'));
}

describe('compiled graphs find the weights', () => {
  let root: string;
  let plain: string;
  let expected: Float32Array;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'whence-files-'));
    plain = join(root, 'plain');
    writeLlama(plain, tinyLlama, 'BF16', 1);
    expected = await logitsOf(plain);
  });
  after(() => rmSync(root, { recursive: true }));

  it('in several files', async () => {
    const folder = join(root, 'sharded');
    mkdirSync(folder);
    shard(plain, folder);
    assert.deepEqual(await logitsOf(folder), expected);
  });

  it('behind the links of a Hugging Face cache, wherever their targets lie', async () => {
    const repository = join(root, 'models--someone--tiny');
    const snapshot = join(repository, 'snapshots', 'abc');
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(join(repository, 'blobs'), { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(elsewhere);
    shard(plain, snapshot);
    for (const [index, place] of [join(repository, 'blobs'), elsewhere].entries()) {
      const name = `model-0000${index + 1}-of-00002.safetensors`;
      renameSync(join(snapshot, name), join(place, `hash${index}`));
      symlinkSync(join(place, `hash${index}`), join(snapshot, name));
    }
    assert.deepEqual(await logitsOf(snapshot), expected);
  });

  it('under names with spaces and letters beyond ASCII', async () => {
    const folder = join(root, 'mein Modell — 模型');
    cpSync(plain, folder, { recursive: true });
    assert.deepEqual(await logitsOf(folder), expected);
  });

  it('no longer, once they were cut short, and says so', async () => {
    const folder = join(root, 'cut');
    cpSync(plain, folder, { recursive: true });
    const model = await loadModel(folder, { threads: 1, tokenizer: false });
    truncateSync(join(folder, 'model.safetensors'), 5000);
    await assert.rejects(
      () => model.forward({ ids: [ids], hooks: [], logits: 'all' }),
      (error: unknown) => {
        assert.ok(error instanceof WhenceError && error.code === 'model-broken');
        assert.match(error.message, /files changed after it was loaded/);
        return true;
      },
    );
  });
});

describe('sessions', () => {
  it('are made again after the limit let them go, and answer several callers at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'whence-sessions-'));
    writeLlama(folder, tinyLlama, 'F32', 1);
    const program = programOf(await openCheckpoint(folder));
    const sessions = new Sessions(program.weights.folder, 1, 1);
    let compiled = 0;
    const run = (label: string) =>
      sessions.run(
        label,
        () => {
          compiled++;
          return forwardGraph(program, program.stages[0]!, { hooks: [], changes: [], output: true });
        },
        () => ({ [ends.input]: idsToOnnx([ids]) }),
      );
    const results = await Promise.all(['a', 'b', 'a', 'c', 'b', 'a'].map(run));
    for (const outputs of results)
      assert.deepEqual(outputs.get(ends.output)!.data, results[0]!.get(ends.output)!.data);
    assert.equal(compiled, 3);
    await run('d');
    await run('a');
    assert.equal(compiled, 5);
    await sessions.close();
    rmSync(folder, { recursive: true });
  });

  it('let several questions run side by side', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'whence-side-'));
    writeLlama(folder, tinyLlama, 'F32', 1);
    const model: Model = await loadModel(folder, { threads: 1, tokenizer: false });
    const ask = (row: number[]) => model.forward({ ids: [row], hooks: ['hook_embed'], logits: 'all' });
    const rows = [ids, ids.slice(3), ids.slice(0, 5), ids.toReversed()];
    const together = await Promise.all(rows.map(ask));
    for (const [index, row] of rows.entries()) assert.deepEqual(together[index], await ask(row));
    await model.close();
    rmSync(folder, { recursive: true });
  });
});
