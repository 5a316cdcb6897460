import { deepEqual, equal, match } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SteeringVectors } from '../../src/host/steering/vectors';

describe('Saved steering vectors', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-steering-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are read beside what is none: a pipe that nobody writes to, a file of gigabytes', async () => {
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'pipe.json')]);
    await writeFile(join(folder, 'large.json'), '');
    await truncate(join(folder, 'large.json'), 3e9);
    const warnings: string[] = [];
    const vectors = new SteeringVectors(folder, { warn: (message) => warnings.push(message) });
    deepEqual(await vectors.all(), []);
    equal(warnings.length, 2);
    for (const warning of warnings)
      match(warning, /(pipe|large)\.json is no steering vector: .* Remove it\.$/);
  });
});
