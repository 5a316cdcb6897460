import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import schema from '../../src/cli/schemas/edges.json';
import type { EdgeAttribution } from '../../src/core/edges';
import { whence } from './support/cli';

const code = (name: string) =>
  `class Cart:\n    def __init__(self, ${name}):\n        self.${name} = ${name}\n\n    def show(self):\n        return self.`;

describe('whence edges', function () {
  this.timeout(60_000);
  const validate = new Ajv({ allErrors: true }).compile(schema);
  let folder: string;
  let prompts: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-edges-'));
    const texts = { name: code('name'), path: code('path'), long: `${code('name')}name` };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, `${name}.py`), text);
    prompts = ['--prompt', join(folder, 'name.py'), '--counterfactual', join(folder, 'path.py')];
  });
  after(() => rm(folder, { recursive: true }));

  async function json(...args: string[]): Promise<EdgeAttribution> {
    const { code: exit, stdout, stderr } = await whence(['edges', ...prompts, '--json', ...args]);
    assert.equal(stderr, '');
    assert.equal(exit, 0);
    const value = JSON.parse(stdout) as EdgeAttribution;
    assert.ok(validate(value), JSON.stringify(validate.errors?.slice(0, 3)));
    return value;
  }

  it('gives every edge, and those out of the embeddings bring what is measured', async () => {
    const found = await json('--target', 'name', '--contrast', 'path');
    assert.equal(found.method, 'eap-ig');
    assert.equal(found.steps, 5);
    assert.equal(found.metric, 'logitDifference');
    assert.ok(found.checks.every(({ holds }) => holds));
    assert.ok(found.total > 1 && found.counterfactual < -1, `${found.total}, ${found.counterfactual}`);
    const change = found.total - found.counterfactual;
    const embedded = found.edges.filter(({ source }) => source === 'embed');
    const said = embedded.reduce((sum, { score }) => sum + score, 0);
    assert.ok(Math.abs(said - change) < 0.1 * change, `${said}, measured ${change}`);

    const eap = await json('--target', 'name', '--contrast', 'path', '--method', 'eap');
    assert.equal(eap.steps, null);
    assert.equal(eap.edges.length, found.edges.length);
    assert.notDeepEqual(eap.edges, found.edges);
    assert.equal((await json('--log-probability', '--steps', '2')).metric, 'logProbability');
  });

  it('lists the strongest for people', async () => {
    const { stdout, code: exit } = await whence(['edges', ...prompts, '--target', 'name', '--top', '5']);
    assert.equal(exit, 0);
    assert.match(stdout, /^"name" {2}p 0\.\d+ · \+\d+\.\d\d, with the other prompt [+−]\d+\.\d\d\n/);
    assert.match(stdout, /✓ each reader's edges sum to the change of what it reads/);
    const scores = [...stdout.matchAll(/^ +([+−]\d+\.\d\d) +\S+ → \S+$/gm)].map(([, score]) =>
      Math.abs(Number(score!.replace('−', '-'))),
    );
    assert.equal(scores.length, 5);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    assert.match(stdout, /\d+ more edges; --json has them all\./);
  });

  it('refuses what cannot be compared', async () => {
    const error = async (...args: string[]) => (await whence(['edges', ...args])).stderr;
    assert.match(await error('--prompt', prompts[1]!), /give one with --counterfactual FILE/);
    assert.match(
      await error('--prompt', prompts[1]!, '--counterfactual', join(folder, 'long.py')),
      /The counterfactual prompt has \d+ tokens and the context \d+/,
    );
    assert.match(await error('--prompt', prompts[1]!, '--counterfactual', prompts[1]!), /nothing to compare/);
    assert.match(await error(...prompts, '--method', 'acdc'), /There is no method "acdc": use eap, eap-ig/);
  });
});
