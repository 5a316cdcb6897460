import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whence } from './support/cli';

/** onnxruntime has telemetry of its own: a device id, a data base of events to send, a log. None of it may run. */
describe('the runtime', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'whence-home-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  it('leaves nothing behind but our own cache', async function () {
    this.timeout(20_000);
    const cache = join(home, 'cache');
    const environment = { HOME: home, XDG_CACHE_HOME: cache, TMPDIR: home };
    const { code, stderr } = await whence(['run', '--tokens', '1,2,3'], { environment });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const left = await readdir(home, { recursive: true });
    assert.deepEqual(
      left.filter((name) => name !== 'cache' && !name.startsWith(join('cache', 'whence'))),
      [],
    );
  });
});
