import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeadScores } from '../../src/core/model';
import { headScoresOf } from '../../src/engine/explain/headCache';
import { measureHeads } from '../../src/engine/explain/heads';
import type { Model } from '../../src/engine/model';
import { embeddedModel } from './support/embedded';

describe('roles of heads', () => {
  let model: Model;
  let measured: readonly HeadScores[];

  before(async function () {
    this.timeout(30_000);
    model = await embeddedModel();
    measured = await measureHeads(model);
  });

  const scoreOf = (layer: number, head: number) =>
    measured.find((score) => score.layer === layer && score.head === head)!;

  it('are near the values on the embedded model’s card', () => {
    assert.equal(measured.length, model.info.layers * model.info.heads);
    const near = (value: number, expected: number) =>
      assert.ok(Math.abs(value - expected) < 0.08, `${value}, ${expected}`);
    near(scoreOf(2, 0).induction, 0.8);
    near(scoreOf(3, 3).induction, 0.57);
    near(scoreOf(3, 2).induction, 0.22);
    near(scoreOf(1, 0).previous, 0.99);
  });

  it('are named where the score passes the threshold', () => {
    assert.ok(scoreOf(2, 0).roles.includes('induction'));
    assert.ok(scoreOf(1, 0).roles.includes('previous'));
    assert.ok(!scoreOf(3, 2).roles.includes('induction'));
    assert.ok(scoreOf(2, 0).copying > 0.5, 'an induction head copies');
    for (const { previous, duplicate, induction, copying } of measured) {
      assert.ok([previous, duplicate, induction].every((score) => score >= 0 && score <= 1));
      assert.ok(copying >= -1 && copying <= 1);
    }
  });

  it('are the same whenever they are measured', async () => {
    assert.deepEqual(await measureHeads(model), measured);
  });

  it('stop when the question is withdrawn', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(measureHeads(model, { signal }), { code: 'cancelled' });
  });

  describe('kept', () => {
    let folder: string;
    const limit = 1_000_000;
    const ask = () => headScoresOf(model, { folder, limit }, { onProgress: () => measurements++ });
    let measurements = 0;
    const fileOf = async () =>
      join(folder, (await readdir(folder)).find((name) => name.startsWith('heads-'))!);

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'whence-heads-'));
      measurements = 0;
    });
    afterEach(async () => {
      await chmod(folder, 0o755);
      await rm(folder, { recursive: true });
    });

    it('are measured once', async () => {
      assert.deepEqual(await ask(), measured);
      assert.ok(measurements > 0);
      measurements = 0;
      assert.deepEqual(await ask(), measured);
      assert.equal(measurements, 0);
      assert.deepEqual(await readdir(folder), [`heads-${model.info.sha256}.json`]);
    });

    it('are measured anew when the file is damaged or of another version', async () => {
      await ask();
      const file = await fileOf();
      const whole = await readFile(file, 'utf8');
      const damaged = [
        '',
        whole.slice(0, -10),
        'null',
        '[]',
        whole.replace('"version":', '"version":9'),
        '{"version":1}',
      ];
      for (const content of damaged) {
        await writeFile(file, content);
        measurements = 0;
        assert.deepEqual(await ask(), measured, content.slice(0, 20));
        assert.ok(measurements > 0);
        assert.equal(await readFile(file, 'utf8'), whole);
      }
    });

    it('need no folder that can be written', async () => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      const storage = { folder: join(file, 'below'), limit };
      assert.deepEqual(await headScoresOf(model, storage), measured);
      assert.deepEqual(await headScoresOf(model, null), measured);
    });

    it('leave the folder when they grow beyond the limit, the least recently used first', async () => {
      const old = join(folder, 'heads-old.json');
      await writeFile(old, ' '.repeat(limit));
      await utimes(old, 1, 1);
      await writeFile(join(folder, 'other.json'), ' '.repeat(limit));
      await ask();
      assert.deepEqual((await readdir(folder)).sort(), [`heads-${model.info.sha256}.json`, 'other.json']);
    });
  });
});
