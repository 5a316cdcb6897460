import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureFolder } from '../../src/engine/folder';

describe('ensureFolder', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-folder-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('makes a folder and those above it, at the same time as others', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    await Promise.all([ensureFolder(deep), ensureFolder(deep), ensureFolder(join(folder, 'a', 'b'))]);
    assert.ok((await stat(deep)).isDirectory());
    await ensureFolder(deep);
  });

  it('fails where none can be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await assert.rejects(ensureFolder(join(file, 'below')));
  });

  if (process.platform === 'linux') {
    it('fails, and does not try for ever, where the system says that nothing is there', async () => {
      await assert.rejects(ensureFolder('/proc/none/below'), { code: 'ENOENT' });
    });
  }
});
