import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import explainSchema from '../../src/cli/schemas/explain.json';
import { type Explanation, methods } from '../../src/core/explanation';
import type { ScoredUnit } from '../../src/core/granularity';
import type { Paraphrase } from '../../src/core/paraphrase';
import { cliWorld, code, colour } from './support/cliWorld';

describe('whence explain', function () {
  this.timeout(120_000);
  let folder: string;
  let prompt: string;
  const world = cliWorld();
  const { run, json } = world;
  before(() => {
    ({ folder, prompt } = world);
  });
  it('prints what comes next and why, as its schema says', async () => {
    const explanation = await json<Explanation>(['explain', '--prompt', prompt], explainSchema);
    const { tokens, target, components, sources, remainder, total, verification } = explanation;
    assert.equal(target.rank, 1);
    assert.equal(target.index, tokens.length);
    for (const { text, start, end } of tokens.slice(1)) assert.equal(code.slice(start, end), text);
    assert.deepEqual([tokens[0]!.start, tokens[0]!.end], [0, 0], 'the language tag of a Python file');
    const scale = Math.max(1, Math.abs(total));
    assert.ok(Math.abs(components.reduce((sum, { direct }) => sum + direct, 0) - total) <= 1e-4 * scale);
    assert.ok(Math.abs(sources.reduce((sum, { score }) => sum + score, remainder) - total) <= 1e-4 * scale);
    assert.ok(verification && verification.named.length > 0);
  });

  it('takes a target, a contrast, a position, and leaves the check out', async () => {
    const ask = (...rest: string[]) =>
      json<Explanation>(['explain', '--prompt', prompt, ...rest], explainSchema);
    const named = await ask('--target', 'owner', '--contrast', 'name', '--no-verify');
    assert.equal(named.metric, 'logitDifference');
    assert.equal(named.verification, null);
    assert.ok(named.contrast);
    assert.equal((await ask('--neurons', '3', '--no-verify')).neurons!.length, 3);
    const inside = await ask('--position', '12');
    assert.equal(inside.target.index, 12);
    assert.equal(inside.target.id, inside.tokens[12]!.id);
    assert.equal(inside.sources.length, 12);
    assert.ok(inside.tokens.length > 12);
  });

  it('explains by the method that it is told, with its settings, and names it', async () => {
    const ask = (...rest: string[]) =>
      json<Explanation>(['explain', '--prompt', prompt, '--no-verify', ...rest], explainSchema);
    assert.equal((await ask()).method, 'secant');
    const other = join(folder, 'other.py');
    await writeFile(other, code.replace('return', 'assert'));
    for (const method of methods) {
      const patching = method === 'attribution-patching' ? ['--counterfactual', other] : [];
      const found = await ask('--method', method, ...patching);
      assert.equal(found.method, method);
      assert.ok(found.checks.every(({ holds }) => holds));
    }
    const ablated = await ask('--method', 'ablation', '--ablation', 'zero');
    assert.ok(ablated.warnings.some((warning) => warning.includes('zero ablation')));
    const zero = await ask('--method', 'integrated-gradients', '--baseline', 'zero', '--steps', '8');
    assert.ok(zero.warnings.some((warning) => warning.includes('zero embedding')));
    const token = await ask('--method', 'integrated-gradients', '--baseline', '=', '--steps', '8');
    assert.notDeepEqual(token.sources, zero.sources);
    const probability = await ask('--log-probability');
    assert.ok(Math.abs(probability.total - Math.log(probability.target.probability)) < 1e-6);
    const { stdout } = await run(['explain', '--prompt', prompt, '--method', 'occlusion']);
    assert.match(stdout, /by occlusion/);
    assert.match(stdout, /^Mind {2}/m);
  });

  it('explains a span of tokens as the sum over them', async () => {
    const span = await json<Explanation>(
      ['explain', '--prompt', prompt, '--position', '8..12', '--json'],
      explainSchema,
    );
    assert.deepEqual(
      span.span!.map(({ index }) => index),
      [8, 9, 10, 11, 12],
    );
    const values = span.span!.reduce((sum, { value }) => sum + value, 0);
    const parts = span.components.reduce((sum, { direct }) => sum + direct, 0);
    assert.ok(Math.abs(values - span.total) < 1e-3 && Math.abs(parts - span.total) < 1e-3);
    const { stdout } = await run(['explain', '--prompt', prompt, '--position', '8..12']);
    assert.match(stdout, /^Why ‘.+’\? {2}5 tokens, p/);
    assert.match(stdout, /^Tokens {2}/m);
    assert.doesNotMatch(stdout, /^(Instead|Layer by layer) /m);
  });

  it('sums sources over lines, statements and blocks', async () => {
    const { units, sources } = await json<Explanation & { units: readonly ScoredUnit[] }>(
      ['explain', '--prompt', prompt, '--no-verify', '--granularity', 'statement'],
      explainSchema,
    );
    const sum = (scores: readonly { score: number }[]) => scores.reduce((all, { score }) => all + score, 0);
    assert.ok(units.length > 2 && units.length < sources.length / 2);
    assert.ok(Math.abs(sum(units) - sum(sources)) < 1e-9);
    const { stdout } = await run(['explain', '--prompt', prompt, '--no-verify', '--granularity', 'line']);
    assert.match(stdout, /^By line {2}.*\n +[+−]\d+\.\d\d {2}line \d+ /m);
  });

  it('reads standard input and the language it is told', async () => {
    const ask = (...rest: string[]) =>
      json<Explanation>(['explain', '--prompt', '-', '--no-verify', ...rest], explainSchema, {
        input: code,
      });
    const python = await ask('--language', 'python');
    const fromFile = await json<Explanation>(['explain', '--prompt', prompt, '--no-verify'], explainSchema);
    assert.deepEqual(python, fromFile);
    const typescript = await ask('--language', 'typescript');
    assert.notEqual(typescript.tokens[0]!.id, python.tokens[0]!.id);
  });

  it('leaves out the start of what is too long, says so, and keeps the offsets', async () => {
    const long = `${'# a line that is only there to be long\n'.repeat(100)}${code}`;
    const file = join(folder, 'long.py');
    await writeFile(file, long);
    const { code: exit, stdout, stderr } = await run(['explain', '--prompt', file, '--no-verify', '--json']);
    assert.equal(exit, 0);
    assert.match(
      stderr,
      /^The prompt is longer than the 512 tokens of whence-code: its first \d+ characters were left out\.\n$/,
    );
    const { tokens } = JSON.parse(stdout) as Explanation;
    assert.ok(tokens.length <= 512 && tokens.length > 300);
    for (const { text, start, end } of tokens.slice(1)) assert.equal(long.slice(start, end), text);
  });

  it('draws for people: answer, check, shaded sources, components, lens; plain where nobody asks for colour', async () => {
    const { code: exit, stdout, stderr } = await run(['explain', '--prompt', prompt]);
    assert.equal(exit, 0);
    assert.equal(stderr, '');
    assert.ok(!stdout.includes(colour));
    const first = stdout.split('\n')[0]!;
    assert.match(
      first,
      /^Why ‘.+’\? {2}p 0\.\d+ · 1st choice · (sure|likely|torn|guessing) · whence-code, fp32$/,
    );
    for (const heading of ['Sources', 'Instead', 'Components', 'Layer by layer', 'Checks']) {
      assert.match(stdout, new RegExp(`^${heading} {2}`, 'm'));
    }
    assert.match(stdout, /Sources (checked|not confirmed): without these \d tokens of lines? /);
    assert.match(stdout, /^ +L3MLP +[+−]\d/m);
    assert.match(stdout, /│ +.*█/);
    assert.equal(stdout.match(/✓|✗/g)?.length, 7);
    assert.ok(stdout.split('\n').every((line) => [...line].length <= 112));
  });

  it('colours where it is told to, and not where NO_COLOR says no', async () => {
    const ask = async (environment: Record<string, string>) =>
      (await run(['explain', '--prompt', prompt, '--no-verify'], { environment })).stdout;
    assert.ok((await ask({ FORCE_COLOR: '1' })).includes(`${colour}48;5;`));
    assert.ok((await ask({ FORCE_COLOR: '3' })).includes(`${colour}48;2;`));
    assert.ok(!(await ask({ FORCE_COLOR: '1', NO_COLOR: '1' })).includes(colour));
  });

  it('lets no text move the cursor or change colours', async () => {
    const input = 'x = "\u001b[31m\u0007\u202e"\ny = x\u001b]0;title\u0007\nz = ';
    const { stdout, code: exit } = await run(['explain', '--prompt', '-', '--language', 'python'], {
      input,
    });
    assert.equal(exit, 0);
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Control}|\p{Bidi_Control}/u);
  });

  it('says which token of a longer contrast counts', async () => {
    const ask = (contrast: string) =>
      run(['explain', '--prompt', prompt, '--no-verify', '--target', 'owner', '--contrast', contrast]);
    assert.match(
      (await ask('name_of_all')).stderr,
      /^Of the contrast "name_of_all" the first token that differs counts: ‘.+’\.\n$/,
    );
    assert.equal((await ask('name')).stderr, '');
  });

  it('tests an explanation by writing the program otherwise', async () => {
    const { paraphrase } = await json<{ paraphrase: Paraphrase }>(
      ['explain', '--prompt', prompt, '--paraphrase'],
      explainSchema,
    );
    assert.deepEqual(
      paraphrase.variants.map(({ kind }) => kind),
      ['rename', 'reformat'],
    );
    assert.equal(paraphrase.skipped[0]?.kind, 'comment');
    const { stdout } = await run(['explain', '--prompt', prompt, '--paraphrase']);
    assert.match(stdout, /^Paraphrase {2}.*\n {2}[✓✗] renamed {5}‘owner’ renamed to ‘/m);
    assert.match(stdout, /not tried: there is no comment/);
  });
});
