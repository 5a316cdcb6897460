import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import generateSchema from '../../src/cli/schemas/generate.json';
import headsSchema from '../../src/cli/schemas/heads.json';
import modelsSchema from '../../src/cli/schemas/models.json';
import runSchema from '../../src/cli/schemas/run.json';
import type { CliOptions, Outcome } from './support/cli';
import { cliWorld, code } from './support/cliWorld';
import { embeddedModel, embeddedPath, read } from './support/embedded';
import { fillModel } from './support/fillModel';
import { parseSafetensors } from './support/safetensors';

describe('whence', function () {
  this.timeout(120_000);
  let folder: string;
  let prompt: string;
  const world = cliWorld();
  const { run, json } = world;
  before(() => {
    ({ folder, prompt } = world);
  });

  describe('generate', () => {
    interface Generated {
      readonly text: string;
      readonly tokens: readonly {
        readonly text: string;
        readonly end: number;
        readonly probability: number;
        readonly rank: number;
      }[];
    }
    const ask = (...rest: string[]) =>
      json<Generated>(['generate', '--prompt', prompt, '--max-tokens', '12', ...rest], generateSchema);

    it('prints the continuation with what was computed of every token', async () => {
      const { text, tokens } = await ask();
      const fresh = tokens.filter(({ end }) => end > code.length);
      assert.ok(fresh.length > 0 && fresh.length <= 12);
      assert.ok(
        tokens
          .map((token) => token.text)
          .join('')
          .endsWith(text),
      );
      assert.ok(
        tokens.filter(({ rank }) => rank === 1).length >= tokens.length - 3,
        'greedy but for the healed start',
      );
      const plain = await run(['generate', '--prompt', prompt, '--max-tokens', '12']);
      assert.equal(plain.stdout, `${text}\n`);
    });

    it('depends on seed and temperature alone', async () => {
      const warm = ['--temperature', '1.5', '--seed'];
      assert.deepEqual(await ask(...warm, '1'), await ask(...warm, '1'));
      assert.notEqual((await ask(...warm, '1')).text, (await ask(...warm, '2')).text);
    });

    it('fills in the middle where the model can', async () => {
      const model = fillModel();
      const suffix = join(folder, 'suffix.py');
      await writeFile(suffix, '\n    return total\n');
      const filled = await ask('--model', model, '--suffix', suffix);
      const plain = await ask('--model', model);
      assert.notDeepEqual(
        filled.tokens.map(({ probability }) => probability),
        plain.tokens.map(({ probability }) => probability),
      );
      await rm(model, { recursive: true });
    });
  });

  describe('run', () => {
    it('writes hooks and logits that are those of the engine', async () => {
      const model = await embeddedModel();
      const ids = read(model, code);
      const hooks = ['blocks.2.attn.hook_pattern', 'ln_final.hook_scale', 'blocks.0.hook_resid_pre'];
      const out = join(folder, 'run.safetensors');
      const summary = await json<{ ids: number[]; hooks: { name: string; shape: number[] }[] }>(
        ['run', '--prompt', prompt, '--hooks', hooks.join(','), '--out', out],
        runSchema,
      );
      assert.deepEqual(summary.ids, ids);
      const written = parseSafetensors(await readFile(out));
      const expected = await model.forward({ ids: [ids], hooks, logits: 'all' });
      assert.deepEqual([...written.keys()].sort(), [...hooks, 'logits'].sort());
      assert.deepEqual(written.get('logits')!.shape, [ids.length, model.info.vocabularySize]);
      for (const [name, { shape, data }] of written) {
        const { dims, data: values } = name === 'logits' ? expected.logits! : expected.hooks.get(name)!;
        assert.deepEqual([1, ...shape], dims);
        assert.deepEqual(data, values);
      }
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.includes('.partial')),
        [],
      );
    });

    if (process.platform !== 'win32') {
      it('writes into what is no file where it stands', async () => {
        const pipe = join(folder, 'pipe');
        spawnSync('sh', ['-c', 'mkfifo "$0"', pipe]);
        const [{ code: exit }, written] = await Promise.all([
          run(['run', '--tokens', '1,2', '--hooks', 'hook_embed', '--out', pipe]),
          readFile(pipe),
        ]);
        assert.equal(exit, 0);
        assert.deepEqual([...parseSafetensors(written).keys()], ['hook_embed', 'logits']);
        assert.ok((await stat(pipe)).isFIFO());
      });
    }

    it('takes ids as they are, and needs no tokenizer for them', async () => {
      const fixture = resolve('test/fixtures/checkpoints/llama');
      const out = join(folder, 'ids.safetensors');
      const summary = await json<{ ids: number[]; next: object[] }>(
        ['run', '--model', fixture, '--tokens', '1, 2,3', '--out', out],
        runSchema,
      );
      assert.deepEqual(summary.ids, [1, 2, 3]);
      assert.equal(parseSafetensors(await readFile(out)).get('logits')!.shape[0], 3);
      await refused(['run', '--model', fixture, '--prompt', prompt], /has no `tokenizer.json`/);
    });
  });

  it('measures heads once and lists them', async () => {
    const cache = join(folder, 'cache', 'whence');
    await rm(cache, { recursive: true, force: true });
    const first = await json(['heads'], headsSchema);
    assert.ok((await readdir(cache)).some((name) => name.startsWith('heads-')));
    assert.deepEqual(await json(['heads'], headsSchema), first);
    assert.match((await run(['heads'])).stdout, /^L2H0 .* induction/m);
  });

  it('lists the models it can open by name', async () => {
    const { models } = await json<{ models: { id: string; origin: string }[] }>(['models'], modelsSchema);
    const [own] = models.filter(({ origin }) => origin === 'embedded');
    assert.equal(own?.id, 'whence-code');
    assert.match((await run(['models'])).stdout, /whence-code .* LlamaForCausalLM/);
    const byName = await run(['run', '--model', 'whence-code', '--tokens', '1'], { folder: tmpdir() });
    const byPath = await run(['run', '--model', resolve(embeddedPath), '--tokens', '1']);
    assert.equal(byName.code, 0, byName.stderr);
    assert.equal(byName.stdout, byPath.stdout);
  });

  it('tells how it is used', async () => {
    assert.equal((await run(['--version'])).stdout, `${version}\n`);
    const { stdout } = await run(['--help']);
    for (const name of ['explain', 'generate', 'run', 'heads', 'models']) {
      assert.match(stdout, new RegExp(`whence ${name} `));
      const help = await run([name, '--help']);
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`^whence ${name} \\[`));
    }
    assert.equal((await run([])).code, 2);
  });

  describe('refuses in one sentence, with exit code 2 and nothing on standard output', () => {
    const cases: Readonly<Record<string, [args: () => string[], sentence: RegExp]>> = {
      'an unknown subcommand': [() => ['dance'], /no subcommand "dance"/],
      'an unknown option': [() => ['explain', '--prompt', prompt, '--loud'], /Unknown option '--loud'/],
      'an option without its value': [() => ['explain', '--prompt'], /'--prompt <value>' argument missing/],
      'a stray word': [() => ['explain', prompt], /Unexpected argument/],
      'no prompt': [() => ['explain'], /A prompt is needed/],
      'a prompt that is not there': [
        () => ['explain', '--prompt', join(folder, 'none.py')],
        /none\.py does not exist/,
      ],
      'a folder as prompt': [() => ['generate', '--prompt', folder], /is a folder/],
      'a target and a position': [
        () => ['explain', '--prompt', prompt, '--target', 'a', '--position', '3'],
        /either --target or --position/,
      ],
      'a position that is none': [
        () => ['explain', '--prompt', prompt, '--position', '3.5'],
        /--position takes the number of a token .* not "3\.5"/,
      ],
      'a seed without a temperature': [
        () => ['generate', '--prompt', prompt, '--seed', '3'],
        /--seed says nothing without --temperature/,
      ],
      'a setting of another method': [
        () => ['explain', '--prompt', prompt, '--steps', '3'],
        /--steps belongs to --method integrated-gradients and says nothing to secant/,
      ],
      'an unknown granularity': [
        () => ['explain', '--prompt', prompt, '--granularity', 'word'],
        /no granularity "word": use token, identifier, line, statement, block/,
      ],
      'a position below zero': [
        () => ['explain', '--prompt', prompt, '--position', '-1'],
        /--position takes the number of a token .* not "-1"/,
      ],
      'a position past the end': [
        () => ['explain', '--prompt', prompt, '--position', '9999'],
        /no token 9999 in a text of \d+/,
      ],
      'another method': [() => ['explain', '--prompt', prompt, '--method', 'magic'], /no method "magic"/],
      'a counterfactual of another length': [
        () => [
          ...['explain', '--prompt', prompt, '--method', 'attribution-patching'],
          ...['--counterfactual', 'samples/cart.py'],
        ],
        /The counterfactual prompt has \d+ tokens/,
      ],
      'another ablation': [() => ['explain', '--prompt', prompt, '--ablation', 'half'], /no ablation "half"/],
      'no steps': [
        () => ['explain', '--prompt', prompt, '--steps', '0'],
        /--steps takes a whole number from 1/,
      ],
      'a baseline of two tokens': [
        () => [
          'explain',
          '--prompt',
          prompt,
          '--method',
          'integrated-gradients',
          '--baseline',
          'return self',
        ],
        /--baseline takes zero, mean or a text of one token/,
      ],
      'an empty target': [() => ['explain', '--prompt', prompt, '--target', ''], /The target is empty/],
      'tokens that are none': [() => ['run', '--tokens', '1,x'], /--tokens takes token ids/],
      'tokens beyond the vocabulary': [
        () => ['run', '--tokens', '99999'],
        /99999 is no token of whence-code/,
      ],
      'prompt and tokens': [
        () => ['run', '--prompt', prompt, '--tokens', '1'],
        /either --prompt FILE or --tokens/,
      ],
      'a hook that is none': [() => ['run', '--tokens', '1', '--hooks', 'hook_soul'], /no hook "hook_soul"/],
      'a place that cannot be written': [
        () => ['run', '--tokens', '1', '--out', join(folder, 'no', 'x')],
        /cannot be written \(ENOENT\)/,
      ],
      'a negative temperature': [
        () => ['generate', '--prompt', prompt, '--temperature=-1'],
        /--temperature takes a number from 0/,
      ],
      'no tokens at most': [
        () => ['generate', '--prompt', prompt, '--max-tokens', '0'],
        /--max-tokens takes a whole number from 1/,
      ],
      'text to go on to, of a model that cannot read it': [
        () => ['generate', '--prompt', prompt, '--suffix', prompt],
        /whence-code has no tokens for filling in the middle/,
      ],
      'a model that is not there': [
        () => ['explain', '--model', 'gpt-9', '--prompt', prompt],
        /no folder or file gpt-9/,
      ],
      'a folder without a model': [() => ['explain', '--model', folder, '--prompt', prompt], /config\.json/],
    };
    for (const [what, [args, sentence]] of Object.entries(cases)) {
      it(what, () => refused(args(), sentence));
    }

    it('no text, binary text, and text that is not UTF-8', async () => {
      for (const command of ['explain', 'generate', 'run']) {
        await refused([command, '--prompt', '-'], /^Standard input is empty/, { input: '' });
      }
      await refused(['explain', '--prompt', '-'], /^Standard input is binary/, { input: 'a\0b' });
      await refused(['explain', '--prompt', '-'], /^Standard input is not UTF-8/, {
        input: Uint8Array.of(0x61, 0xff),
      });
    });
  });

  async function refused(args: readonly string[], sentence: RegExp, options: CliOptions = {}): Promise<void> {
    const { code: exit, stdout, stderr }: Outcome = await run(args, options);
    assert.match(stderr, sentence);
    assert.match(stderr, /^[^\n]+\.\n$/, 'one sentence, no stack');
    assert.equal(stdout, '');
    assert.equal(exit, 2);
  }
});
