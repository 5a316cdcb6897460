import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import schema from '../../src/cli/schemas/part.json';
import type { FoundPart, IndexedHead, IndexedNeuron } from '../../src/core/partIndex/types';
import { begunAt, checkpointPlace } from '../../src/engine/partIndex/checkpoint';
import { whence } from './support/cli';
import { pause } from './support/engine';

describe('whence index and whence part', function () {
  this.timeout(180_000);
  const validate = new Ajv({ allErrors: true }).compile(schema);
  let folder: string;
  let environment: Record<string, string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-index-'));
    environment = { XDG_CACHE_HOME: join(folder, 'cache'), LOCALAPPDATA: join(folder, 'cache') };
    await mkdir(join(folder, 'code'));
    for (let file = 0; file < 6; file++) {
      const text = Array.from(
        { length: 60 },
        (_, at) => `def f${file}${at}(self, x):\n    return self.a${at}[x]\n\n`,
      );
      await writeFile(join(folder, 'code', `${file}.py`), text.join(''));
    }
  });
  after(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => whence(args, { environment });
  const part = async (...args: string[]): Promise<FoundPart> => {
    const { code, stdout, stderr } = await run('part', ...args, '--json');
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const valid = validate(JSON.parse(stdout));
    assert.ok(valid, JSON.stringify(validate.errors?.slice(0, 3)));
    return JSON.parse(stdout) as FoundPart;
  };

  it('part shows the index that comes with the embedded model', async () => {
    const neuron = (await part('L3N118')).part as IndexedNeuron;
    assert.equal(neuron.name, 'L3N118');
    assert.ok(neuron.sides[0]!.contexts.length === 6 && neuron.sides[0]!.promotes.length === 8);
    const head = (await part('L2H0')).part as IndexedHead;
    assert.ok(head.scores.roles.includes('induction'));
    const { stdout } = await run('part', 'L2H0');
    assert.match(stdout, /^L2H0 {2}looks at what followed an earlier occurrence \(induction\)/);
    assert.match(stdout, /reads .*‹.+›.* tokens back, \d+% of its attention/);
    assert.match(stdout, /Measured on [\d,]+ tokens of code in \d+ files \(bundled\)\.\n$/);
    assert.match((await run('part', 'L3N118')).stdout, /raises .+[+]0\.\d\d/);
  });

  it('index writes where part looks, and --index reads any other', async () => {
    const made = await run('index', '--corpus', join(folder, 'code'), '--texts', '6');
    assert.equal(made.stderr, '');
    assert.match(made.stdout, /^Read [\d,]+ tokens in 6 texts of 6 files\. Written to .*\.whix\.\n$/);
    assert.equal((await part('L3N118')).corpus.name, 'code');
    assert.equal((await part('L3N118', '--index', 'models/whence-code/index.whix')).corpus.name, 'bundled');
  });

  it('a run that is killed goes on where it was, and ends with the same bytes', async () => {
    const args = ['index', '--corpus', join(folder, 'code')];
    const [whole, out] = [join(folder, 'whole.whix'), join(folder, 'killed.whix')];
    assert.equal((await run(...args, '--out', whole)).code, 0);
    const start = () =>
      spawn(process.execPath, [resolve('dist/cli.js'), ...args, '--out', out], {
        env: { ...process.env, ...environment },
        stdio: 'ignore',
      });
    const begun = () => begunAt(checkpointPlace(out));
    // Interrupted it puts away what it has, however far that is; then it is killed while it goes on.
    for (let attempt = 0; attempt < 100 && !(await begun()); attempt++) {
      const child = start();
      const ended = new Promise<number | null>((done) => child.once('close', done));
      await pause(900 + 50 * attempt);
      child.kill('SIGINT');
      await ended;
      await rm(out, { force: true });
    }
    assert.ok(await begun(), 'something was put away');
    const child = start();
    const killed = new Promise((done) => child.once('close', done));
    await pause(1000);
    child.kill('SIGKILL');
    await killed;
    assert.equal((await run(...args, '--out', out)).code, 0);
    assert.deepEqual(await readFile(out), await readFile(whole));
    assert.equal(await begun(), null);
  });

  it('refuse in a sentence what they cannot do', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['part'], /Name one part, as in whence part L3H2/],
      [['part', 'L3MLP'], /whence-code has no part "L3MLP": it has 4 layers of 4 heads and 512 neurons/],
      [['part', 'L9N1'], /has no part "L9N1"/],
      [['part', 'L1N1', '--index', join(folder, 'no')], /cannot be read \(ENOENT\)/],
      [['part', 'L1N1', '--index', 'package.json'], /package\.json is no index of a model, or damaged/],
      [['index', '--corpus', join(folder, 'no')], /There is no folder .*: name one that holds code/],
      [['index', '--texts', '0'], /--texts takes a whole number from 1/],
      [
        ['index', '--corpus', join(folder, 'code'), '--texts', '1', '--out', '/dev/null/x'],
        /cannot be written|ENOTDIR/,
      ],
    ];
    for (const [args, sentence] of cases) {
      const { code, stderr } = await run(...args);
      assert.match(stderr, sentence);
      assert.equal(code, 2, args.join(' '));
    }
  });
});
