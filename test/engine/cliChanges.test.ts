import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import circuitSchema from '../../src/cli/schemas/circuit.json';
import interveneSchema from '../../src/cli/schemas/intervene.json';
import runSchema from '../../src/cli/schemas/run.json';
import type { CircuitTested } from '../../src/core/circuitTest';
import type { Intervened } from '../../src/core/intervention';
import type { SteeringVector } from '../../src/core/steering';
import { changedLogits } from '../../src/engine/change/logits';
import { whence } from './support/cli';
import { embeddedModel, read } from './support/embedded';
import { parseSafetensors } from './support/safetensors';

const code =
  'class Cart:\n    def __init__(self, total):\n        self.total = total\n\n    def read(self):\n        return self.';

describe('whence run --set, intervene, steer', function () {
  this.timeout(60_000);
  const ajv = new Ajv({ allErrors: true });
  let folder: string;
  let prompt: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-changes-'));
    prompt = join(folder, 'cart.py');
    await writeFile(prompt, code);
  });
  after(() => rm(folder, { recursive: true }));

  async function json<T>(args: readonly string[], schema: object): Promise<T> {
    const { code: exit, stdout, stderr } = await whence([...args, '--json']);
    assert.equal(stderr, '');
    assert.equal(exit, 0);
    const value = JSON.parse(stdout) as T;
    assert.ok(ajv.validate(schema, value), ajv.errorsText());
    return value;
  }

  async function refused(args: readonly string[], sentence: RegExp): Promise<void> {
    const { code: exit, stdout, stderr } = await whence(args);
    assert.equal(exit, 2);
    assert.equal(stdout, '');
    assert.match(stderr, sentence);
    assert.equal(stderr.trim().split('\n').length, 1);
  }

  const logitsOf = async (...args: string[]) => {
    const out = join(folder, 'out.safetensors');
    await json(['run', '--prompt', prompt, '--out', out, ...args], runSchema);
    return parseSafetensors(await readFile(out)).get('logits')!.data;
  };

  it('writes the logits of the changed model, and says with what', async () => {
    const model = await embeddedModel();
    const ids = read(model, code);
    const part = { kind: 'head', layer: 3, head: 2 } as const;
    const [expected] = await changedLogits(model, ids, [[{ part, positions: 'all', how: { kind: 'mean' } }]]);
    const written = await logitsOf('--set', 'L3H2=mean');
    assert.ok(written.slice(-expected!.length).every((value, i) => Math.abs(value - expected![i]!) < 1e-3));
    const { changes, before, next } = await json<{ changes: string[]; before: object[]; next: object[] }>(
      ['run', '--prompt', prompt, '--set', 'L3H2=mean', '--set', 'L0N3[-1]=scale:2'],
      runSchema,
    );
    assert.deepEqual(changes, ['L3H2=mean', 'L0N3[-1]=scale:2']);
    assert.notDeepEqual(before, next);
  });

  it('changes nothing with times 1, plus 0, what a file of the same run holds, and held attention', async () => {
    const plain = await logitsOf();
    const hooks = ['blocks.1.mlp.hook_post', 'blocks.2.attn.hook_z'];
    const own = join(folder, 'own.safetensors');
    await json(['run', '--prompt', prompt, '--hooks', hooks.join(','), '--out', own], runSchema);
    assert.deepEqual(await logitsOf('--set', 'L1=scale:1', '--set', 'L0H0[2:5]=add:0'), plain);
    assert.deepEqual(await logitsOf(...hooks.flatMap((hook) => ['--set', `${hook}=set:${own}`])), plain);
    assert.deepEqual(await logitsOf('--freeze-attention'), plain);
    assert.notDeepEqual(await logitsOf('--set', `${hooks[0]}=add:${own}*0.1`), plain);
  });

  it('takes token ids of a model without a tokenizer', async () => {
    const fixture = resolve('test/fixtures/checkpoints/gpt2');
    const found = await json<{ changes: string[] }>(
      ['run', '--model', fixture, '--tokens', '1,2,3', '--set', 'L0H1=zero', '--set', 'L1MLP[0]=scale:0.5'],
      runSchema,
    );
    assert.equal(found.changes.length, 2);
  });

  it('shows before and after, for programs and for people', async () => {
    const args = [
      'intervene',
      '--prompt',
      prompt,
      '--set',
      'L3H2=mean',
      '--set',
      'L3H3=mean',
      '--max-tokens',
      '4',
    ];
    const found = await json<Intervened>(args, interveneSchema);
    assert.ok(found.after.probability < found.before.probability);
    assert.equal(found.after.continuation!.ids.length, 4);
    const { stdout, stderr } = await whence(args);
    assert.equal(stderr, '');
    assert.match(stdout, /^total with L3H2=mean, L3H3=mean\n {2}probability +0\.\d+ → /);
    assert.match(stdout, /\nBefore {2}total 0\.\d+/);
    assert.match(stdout, /\nAfter {2}.*\n {2}│ /);
  });

  it('makes a vector and steers with it; strength 0 is nothing', async () => {
    const [toward, away, vector] = ['toward.py', 'away.py', 'none.json'].map((name) => join(folder, name));
    const starts = [
      'def load(path):\n    return',
      'class Node:\n    def __init__(self):\n        self.next =',
      'value =',
    ];
    await writeFile(toward!, starts.map((start) => `${start} None`).join('\n---\n'));
    await writeFile(away!, starts.map((start) => `${start} True`).join('\n---\n'));
    const made = await whence([
      'steer',
      '--toward',
      toward!,
      '--away',
      away!,
      '--layer',
      '1',
      '--out',
      vector!,
    ]);
    assert.equal(made.stderr, '');
    assert.match(made.stdout, /^none: after layer 1 of whence-code, from 3 and 3 examples\./);
    const { values } = JSON.parse(await readFile(vector!, 'utf8')) as SteeringVector;
    assert.equal(values.length, 192);
    const ask = (strength: string) =>
      json<Intervened>(
        ['intervene', '--prompt', prompt, '--target', ' None', '--steer', `${vector}*${strength}`],
        interveneSchema,
      );
    const [none, two] = [await ask('0'), await ask('2')];
    assert.deepEqual(none.after, none.before);
    assert.ok(two.after.metric > two.before.metric + 1);
    const same = ['run', '--prompt', prompt, '--set', `blocks.1.hook_resid_post=add:${vector}*2`];
    assert.deepEqual((await json<{ changes: string[] }>(same, runSchema)).changes, two.changes);
    await refused(
      [
        'intervene',
        '--model',
        resolve('test/fixtures/checkpoints/llama'),
        '--prompt',
        prompt,
        '--steer',
        vector!,
      ],
      /llama|tokenizer/,
    );
    await refused(
      ['run', '--model', resolve('test/fixtures/checkpoints/llama'), '--tokens', '1,2', '--steer', vector!],
      /made with whence-code \(.{8}\), which is not this llama/,
    );
  });

  it('tests a circuit, for programs and for people', async () => {
    const args = [
      'circuit',
      '--prompt',
      prompt,
      '--parts',
      'L3H2,L3H3[0,-1], L0MLP',
      '--draws',
      '2',
      '--minimality',
    ];
    const found = await json<CircuitTested>(args, circuitSchema);
    assert.equal(found.parts, 3);
    assert.deepEqual(
      found.minimality!.map(({ name }) => name),
      ['L3H2', 'L3H3[0,-1]', 'L0MLP'],
    );
    assert.equal(found.random.length, 2);
    const { stdout } = await whence([...args, '--prompt', prompt]);
    assert.match(stdout, /^3 of \d+ parts, mean ablation of the others, mean over 2 prompts\n/);
    assert.match(stdout, /\n {2}circuit +-?\d\.\d\d +-?\d\.\d\d/);
    await refused(['circuit', '--prompt', prompt, '--parts', 'L3H2,L3'], /L3 is no part of a circuit/);
    await refused(['circuit', '--prompt', prompt], /Parts are needed/);
  });

  it('says what is wrong with a change', async () => {
    const set = (change: string) => ['run', '--prompt', prompt, '--set', change];
    await refused(set('L3H2'), /"L3H2" cannot be made: say after = what is done/);
    await refused(set('L9H2=zero'), /no L9H2: its layers are 0 to 3/);
    await refused(set('L3H2[99]=zero'), /\[99\] is none of the positions 0 to \d+/);
    await refused(set('blocks.3.hook_zz=zero'), /no hook blocks\.3\.hook_zz\. Near it are/);
    await refused(set(`L3H2=set:${join(folder, 'no.safetensors')}`), /There is no such file/);
    await refused(set(`L3H2=set:${prompt}`), /holds no values that can be used/);
    await refused(['intervene', '--prompt', prompt], /A change is needed/);
    await refused(['intervene', '--prompt', prompt, '--steer', 'v.json*x'], /FILE\*STRENGTH/);
    await refused(['steer', '--toward', prompt, '--out', join(folder, 'x.json')], /both sides/);
  });
});
