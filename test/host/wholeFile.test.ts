import { equal, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBounded, readSealed, writeSealed } from '../../src/host/wholeFile';

describe('a file that is read only when it is whole', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-sealed-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is read only where it is a file, and not too large', async () => {
    const file = join(folder, 'a.json');
    await writeFile(file, 'größe');
    equal(await readBounded(file, 7), 'größe');
    await rejects(readBounded(file, 6), RangeError);
    await rejects(readBounded(folder, 1e9), RangeError);
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await rejects(readBounded(join(folder, 'pipe'), 1e9), RangeError);
  });

  it('is read as it was written, and not where anything is missing', async () => {
    const file = join(folder, 'deep', 'last.json');
    equal(await readSealed(file), null);
    await writeSealed(file, '{"a":"größe"}');
    equal(await readSealed(file), '{"a":"größe"}');
    const content = await readFile(file, 'utf8');
    for (const damaged of [content.slice(0, -1), content.replace('a', 'b'), '', content.split('\n')[0]!]) {
      await writeFile(file, damaged);
      equal(await readSealed(file), null);
    }
  });
});
