import { equal } from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSealed, writeSealed } from '../../src/host/wholeFile';

describe('a file that is read only when it is whole', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-sealed-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

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
