import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { partialName, writeWhole } from '../../src/engine/partial';
import { openStorage } from '../../src/engine/server/storage';

describe('what is half made', () => {
  let folder: string;
  let abandoned: string;
  let underWay: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-partial-'));
    const { pid } = spawnSync(process.execPath, ['--version']);
    underWay = partialName(join(folder, 'b.json'));
    abandoned = partialName(join(folder, 'a.json')).replace(String(process.pid), String(pid));
    await writeFile(underWay, 'ha');
    await mkdir(abandoned);
    await writeFile(join(abandoned, 'inside'), 'ha');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is removed by the next who writes there, where its maker is gone', async () => {
    const file = join(folder, 'c.json');
    await writeWhole(file, 'whole');
    assert.equal(await readFile(file, 'utf8'), 'whole');
    assert.deepEqual((await readdir(folder)).sort(), [basename(underWay), 'c.json'].sort());
  });

  it('is removed when the engine starts', async () => {
    assert.equal(await openStorage(folder, (sentence) => assert.fail(sentence)), folder);
    assert.deepEqual(await readdir(folder), [basename(underWay)]);
  });

  it('is taken away when the whole cannot be put in its place', async () => {
    const taken = join(folder, 'folder');
    await mkdir(join(taken, 'full'), { recursive: true });
    await assert.rejects(writeWhole(taken, 'whole'));
    assert.deepEqual((await readdir(folder)).sort(), [basename(underWay), 'folder'].sort());
  });
});
