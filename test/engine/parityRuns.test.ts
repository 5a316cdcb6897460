import assert from 'node:assert/strict';
import { WhenceError } from '../../src/core/errors';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { programOf } from '../../src/engine/compile/graphs';
import type { Intervention, Model } from '../../src/engine/model';
import { CachedDecoder } from '../../src/engine/run/decoder';
import { loadModel } from '../../src/engine/run/load';
import { Machine } from '../../src/engine/run/machine';
import type { Tensor } from '../../src/engine/tensor';
import { assertClose, relativeError } from '../reference/compare';
import { type Change, runLlama } from '../reference/llama';
import { normal, randomIds, uniform } from '../reference/random';
import { embeddedPath } from './support/embedded';
import { type TinyModel, tinyModel } from './support/tinyLlama';

/** A change of every value by itself, from the value and its place. */
function each(f: (x: number, index: number) => number): Change {
  return ({ data }) => {
    for (const [index, x] of data.entries()) data[index] = f(x, index);
  };
}

/** However the work is cut and whatever else is asked for, the numbers are those of the plain forward pass. */
describe('parity of runs with each other', function () {
  this.timeout(20_000);
  let model: Model;
  let ids: number[];
  before(async () => {
    model = await loadModel(embeddedPath, { threads: 1 });
    ids = randomIds(150, model.info.vocabularySize, 1);
  });
  after(() => model.close());

  const lastLogits = async (row: readonly number[]) =>
    (await model.forward({ ids: [row], hooks: [], logits: [row.length - 1] })).logits!.data;

  for (const chunks of [[150], [1, 149], [149, 1], [64, 1, 64, 21], [127, 1, 1, 21], Array(150).fill(1)]) {
    it(`decodes in steps of ${chunks.length > 6 ? '1' : chunks.join(', ')} what the forward pass gives`, async () => {
      const decoder = model.decoder();
      let done = 0;
      for (const count of chunks as number[]) {
        const logits = await decoder.step(ids.slice(done, done + count));
        done += count;
        assert.equal(decoder.length, done);
        if (count > 1 || done % 10 === 0) {
          assert.ok(relativeError(logits, await lastLogits(ids.slice(0, done))) <= 1e-5, `after ${done}`);
        }
      }
    });
  }

  it('reads a long text stage by stage, changed or not, and goes on after one that was given up', async () => {
    const machine = new Machine(programOf(await openCheckpoint(embeddedPath)), 1);
    const budget = 40 * machine.stage(1).parameters;
    const add = { dims: [1, 1, 1], data: Float32Array.of(0.1) };
    for (const changes of [[], [{ hook: 'blocks.1.hook_mlp_out', add }]]) {
      const staged = new CachedDecoder(machine, changes, false, { budget, parameters: 1 });
      const whole = model.decoder(changes);
      // Looked at before every run. It comes when some blocks have read past what there was room for and others have not.
      let looks = (model.info.layers + 1) * 3 + 2;
      const soon = {
        get aborted() {
          return --looks < 0;
        },
      } as AbortSignal;
      await staged.step(ids.slice(0, 20));
      await assert.rejects(staged.step(ids.slice(20), soon), { code: 'cancelled' });
      assert.equal(staged.length, 20);
      for (const part of [ids.slice(20, 21), ids.slice(21, 140), ids.slice(140)]) {
        const logits = await staged.step(part);
        await whole.step(ids.slice(whole.length, staged.length - 1));
        const expected = await whole.step([ids[staged.length - 1]!]);
        assert.ok(relativeError(logits, expected) <= 1e-6, `after ${staged.length}`);
      }
    }
    await machine.sessions.close();
  });

  it('decodes past a truncation as if the rest had never been there', async () => {
    const decoder = model.decoder();
    await decoder.step(ids);
    decoder.truncate(40);
    assert.equal(decoder.length, 40);
    const other = [...ids.slice(0, 40), 9, 8, 7];
    assert.ok(relativeError(await decoder.step([9, 8, 7]), await lastLogits(other)) <= 1e-5);
  });

  it('keeps decoders apart', async () => {
    const [a, b] = [model.decoder(), model.decoder()];
    await a.step(ids.slice(0, 20));
    await b.step(ids.slice(50, 60));
    assert.ok(relativeError(await a.step([5]), await lastLogits([...ids.slice(0, 20), 5])) <= 1e-5);
    assert.ok(relativeError(await b.step([5]), await lastLogits([...ids.slice(50, 60), 5])) <= 1e-5);
  });

  it('gives each row of a batch what it gives the row alone', async () => {
    const rows = [ids.slice(0, 33), ids.slice(40, 73), ids.slice(100, 133)];
    const hooks = model.hookNames;
    const together = await model.forward({ ids: rows, hooks, logits: 'all' });
    for (const [index, row] of rows.entries()) {
      const alone = await model.forward({ ids: [row], hooks, logits: 'all' });
      const same = (all: Tensor, one: Tensor, name: string) => {
        const part = all.data.subarray(index * one.data.length, (index + 1) * one.data.length);
        assert.equal(all.dims[0], rows.length);
        assert.ok(relativeError(part, one.data) <= 1e-6, name);
      };
      for (const name of hooks) same(together.hooks.get(name)!, alone.hooks.get(name)!, name);
      same(together.logits!, alone.logits!, 'logits');
    }
  });

  it('cuts a batch too large for one run', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => randomIds(140, model.info.vocabularySize, i));
    const { logits } = await model.forward({ ids: rows, hooks: [], logits: [139] });
    for (const index of [0, 50, 89]) {
      const part = logits!.data.subarray(index * 4096, (index + 1) * 4096);
      assert.ok(relativeError(part, await lastLogits(rows[index]!)) <= 1e-6);
    }
  });

  it('gives the same bits with hooks and without, and from run to run', async () => {
    const bare = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
    const hooked = await model.forward({ ids: [ids], hooks: model.hookNames, logits: 'all' });
    const again = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
    assert.deepEqual(hooked.logits, bare.logits);
    assert.deepEqual(again.logits, bare.logits);
    const few = ['blocks.1.attn.hook_pattern', 'blocks.2.mlp.hook_post', 'ln_final.hook_scale'];
    const { hooks } = await model.forward({ ids: [ids], hooks: few, logits: 'none' });
    for (const name of few) assert.deepEqual(hooks.get(name), hooked.hooks.get(name), name);
  });

  it('gives the logits of the positions asked for, in their order', async () => {
    const all = (await model.forward({ ids: [ids], hooks: [], logits: 'all' })).logits!.data;
    const some = (await model.forward({ ids: [ids], hooks: ['ln_final.hook_scale'], logits: [70, 3] }))
      .logits!;
    assert.deepEqual(some.dims, [1, 2, 4096]);
    for (const [index, position] of [70, 3].entries()) {
      const expected = all.subarray(position * 4096, (position + 1) * 4096);
      assert.ok(relativeError(some.data.subarray(index * 4096, (index + 1) * 4096), expected) <= 1e-6);
    }
  });

  it('reads a residual stream out as the head does', async () => {
    const name = 'blocks.3.hook_resid_post';
    const { hooks, logits } = await model.forward({ ids: [ids], hooks: [name], logits: 'all' });
    assert.deepEqual(await model.readout(hooks.get(name)!), logits);
  });

  it('averages the embeddings of the vocabulary', async () => {
    const mean = await model.meanEmbedding();
    const rows = Array.from({ length: 4096 }, (_, id) => [id]);
    const { hooks } = await model.forward({ ids: rows, hooks: ['hook_embed'], logits: 'none' });
    const expected = new Float64Array(192);
    for (const [i, value] of hooks.get('hook_embed')!.data.entries()) expected[i % 192]! += value / 4096;
    assertClose(mean, { dims: [192], data: expected }, 1e-5, 'mean embedding');
  });
});

describe('parity of interventions with the float64 reference', function () {
  this.timeout(20_000);
  let tiny: TinyModel;
  before(async () => {
    tiny = await tinyModel({ attention_bias: true });
  });
  after(() => tiny.dispose());

  const ids = randomIds(11, 50, 5);
  const one = (value: number): Tensor => ({ dims: [1], data: Float32Array.of(value) });

  /** Runs with the change on both sides and compares every hook and the logits. */
  async function assertSame(
    changes: readonly Intervention[],
    reference: Record<string, Change>,
  ): Promise<void> {
    const { model } = tiny;
    const expected = runLlama(tiny.reference, ids, reference);
    const found = await model.forward({
      ids: [ids],
      hooks: model.hookNames,
      interventions: changes,
      logits: 'all',
    });
    for (const [name, value] of expected.hooks) {
      const withBatch = { dims: [1, ...value.dims], data: value.data };
      assertClose(found.hooks.get(name)!, withBatch, 1e-4, `${name} with ${changes.map(({ hook }) => hook)}`);
    }
    assert.ok(relativeError(found.logits!.data, expected.logits.data) <= 1e-4);
  }

  it('leaves everything as it is when nothing is changed, at every hook', async () => {
    await assertSame(
      tiny.model.hookNames.map((hook) => ({ hook, scale: one(1), add: one(0) })),
      {},
    );
  });

  it('sets every value at a hook to zero, at every hook but the denominators', async () => {
    for (const hook of tiny.model.hookNames) {
      if (hook.endsWith('hook_scale')) continue;
      const hidden = hook.endsWith('attn_scores');
      await assertSame([{ hook, scale: one(0) }], {
        [hook]: each((x) => (hidden && x === Number.NEGATIVE_INFINITY ? x : 0)),
      });
    }
  });

  it('scales and shifts single positions, heads and neurons', async () => {
    const next = uniform(9);
    for (const hook of tiny.model.hookNames) {
      if (hook.endsWith('attn_scores')) continue;
      const dims = runLlama(tiny.reference, ids).hooks.get(hook)!.dims;
      const random = (shape: readonly number[], mean: number): Tensor => ({
        dims: shape,
        data: Float32Array.from(
          { length: shape.reduce((a, b) => a * b, 1) },
          () => mean + 0.3 * normal(next),
        ),
      });
      const scale = random([1, ...dims], 1);
      const add = random([dims.at(-1)!], 0);
      const size = hook.endsWith('hook_scale') ? { hook, scale } : { hook, scale, add };
      await assertSame([size], {
        [hook]: each((x, i) => x * scale.data[i]! + ('add' in size ? add.data[i % add.data.length]! : 0)),
      });
    }
  });

  it('changes several hooks in one run', async () => {
    await assertSame(
      [
        { hook: 'blocks.0.attn.hook_z', scale: one(0) },
        { hook: 'blocks.1.mlp.hook_post', scale: one(2) },
        { hook: 'ln_final.hook_normalized', add: one(0.5) },
      ],
      {
        'blocks.0.attn.hook_z': each(() => 0),
        'blocks.1.mlp.hook_post': each((x) => 2 * x),
        'ln_final.hook_normalized': each((x) => x + 0.5),
      },
    );
  });

  it('changes each row of a batch by its own part', async () => {
    const hook = 'blocks.0.hook_resid_mid';
    const add: Tensor = { dims: [2, 1, 1], data: Float32Array.of(0, 3) };
    const rows = [ids, ids];
    const both = await tiny.model.forward({
      ids: rows,
      hooks: [],
      interventions: [{ hook, add }],
      logits: 'all',
    });
    const half = both.logits!.data.length / 2;
    const plain = runLlama(tiny.reference, ids).logits.data;
    const shifted = runLlama(tiny.reference, ids, {
      [hook]: each((x) => x + 3),
    }).logits.data;
    assert.ok(relativeError(both.logits!.data.subarray(0, half), plain) <= 1e-4);
    assert.ok(relativeError(both.logits!.data.subarray(half), shifted) <= 1e-4);
  });
});

describe('what the engine refuses', () => {
  let tiny: TinyModel;
  before(async () => {
    tiny = await tinyModel();
  });
  after(() => tiny.dispose());

  const refused = (work: () => Promise<unknown>, pattern: RegExp) =>
    assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof WhenceError);
      assert.equal(error.code, 'bad-argument');
      assert.match(error.message, pattern);
      return true;
    });
  const ask = (request: Partial<Parameters<Model['forward']>[0]>) => () =>
    tiny.model.forward({ ids: [[1, 2, 3]], hooks: [], logits: 'none', ...request });

  it('names ids that do not exist, uneven rows, and texts that are too long', async () => {
    await refused(ask({ ids: [[1, 50]] }), /no token 50.*0 to 49/);
    await refused(ask({ ids: [[1, 2], [1]] }), /equal lengths.*2 and 1/);
    await refused(ask({ ids: [Array(65).fill(1)] }), /65 tokens.*context of 64/);
    await refused(ask({ ids: [[]] }), /no tokens/);
    await refused(() => tiny.model.decoder().step(Array(65).fill(1)), /65 tokens.*context of 64/);
  });

  it('names hooks near the one that does not exist', async () => {
    await refused(
      ask({ hooks: ['blocks.0.attn.hook_patern'] }),
      /hook_patern.*blocks\.0\.attn\.hook_pattern/,
    );
    await refused(ask({ interventions: [{ hook: 'blocks.7.hook_mlp_out' }] }), /blocks\.7\.hook_mlp_out/);
  });

  it('names both shapes where a change does not fit', async () => {
    const add: Tensor = { dims: [3, 7], data: new Float32Array(21) };
    await refused(ask({ interventions: [{ hook: 'hook_embed', add }] }), /\[3,7\].*hook_embed.*\[1,3,24\]/);
  });

  it('names a position that is not there', async () => {
    await refused(ask({ logits: [3] }), /no position 3 in 3/);
  });

  it('stops between runs when it is told to', async () => {
    const controller = new AbortController();
    const work = tiny.model.forward({
      ids: [[1, 2, 3]],
      hooks: [],
      logits: 'all',
      signal: controller.signal,
    });
    controller.abort();
    await assert.rejects(
      work,
      (error: unknown) => error instanceof WhenceError && error.code === 'cancelled',
    );
  });
});
