import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Ajv from 'ajv';
import schema from '../../src/cli/schemas/test.json';
import type { CircuitResult } from '../../src/core/circuitFile/result';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import { whence } from './support/cli';

interface Report {
  readonly holds: boolean;
  readonly differences?: readonly { readonly holds: readonly [boolean, boolean] }[];
  readonly files: readonly {
    readonly file: string;
    readonly model: { readonly id: string } | null;
    readonly result: CircuitResult | null;
    readonly errors: readonly { readonly line: number | null; readonly message: string }[];
    readonly recorded?: readonly { readonly line: number; readonly before: string }[];
  }[];
}

const holding = `circuit "A number"
language python
prompt "x = 1\\ny = 2\\nz ="
answer " 3"
expect rank at most 200
`;
const failing = `circuit "Never <so>"
slot n: "1", "2"
prompt "x{n} = \\u0007"
answer "1"
expect rank at least 4000
expect probability at most 1
`.replace('\\u0007', '\u0007');
const broken = 'circuit "Broken"\nprompt "x = "\nexpect rank at lest 1\nanswer 1\n';

/** A copy of a model whose last layer’s attention writes nothing. */
async function damagedCopy(folder: string, copy: string): Promise<void> {
  await cp(folder, copy, { recursive: true });
  const { tensors } = await openCheckpoint(folder);
  const [matrix] = [...tensors.values()].filter(({ name }) =>
    /layers\.3\.self_attn\.o_proj\.weight$/.test(name),
  );
  const path = join(copy, 'model.safetensors');
  const file = await readFile(path);
  file.fill(0, matrix!.offset, matrix!.offset + matrix!.bytes);
  await writeFile(path, file);
}

/** A copy of a model with its numbers of 16 bits cut to 9: sign, exponent and three digits. */
async function coarseCopy(folder: string, copy: string): Promise<void> {
  await cp(folder, copy, { recursive: true });
  const { tensors } = await openCheckpoint(folder);
  const path = join(copy, 'model.safetensors');
  const file = await readFile(path);
  for (const { offset, bytes } of tensors.values()) {
    for (let at = offset; at < offset + bytes; at += 2) file[at] = file[at]! & 0x80;
  }
  await writeFile(path, file);
}

describe('whence test', function () {
  this.timeout(60_000);
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'whence-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function files(texts: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }
  const run = (...args: readonly string[]) =>
    whence(['test', ...args], { folder, environment: { XDG_CACHE_HOME: join(folder, '.cache') } });
  async function report(exit: number, ...args: readonly string[]): Promise<Report> {
    const { code, stdout, stderr } = await run('--json', ...args);
    assert.equal(stderr, '');
    assert.equal(code, exit);
    const value = JSON.parse(stdout) as Report;
    assert.ok(ajv.validate(schema, value), ajv.errorsText());
    return value;
  }

  it('passes the circuits that ship, and says what it measured', async () => {
    const { code, stdout, stderr } = await run(resolve('circuits'));
    assert.equal(code, 0, stdout);
    assert.equal(stderr, '');
    assert.match(stdout, /^An attribute is copied from where it was set {2}.*attribute\.circuit, 10 cases$/m);
    assert.match(stdout, /^ {2}✓ origin copied in all cases {2}copied; holds in 10 of 10 cases$/m);
    assert.match(stdout, /\n(\d+) of \1 expectations hold\n$/);
    assert.ok(!stdout.includes('✗'));
  });

  it('exits with 1 where an expectation does not hold, and shows the cases', async () => {
    await files({ 'a.circuit': failing });
    const { code, stdout } = await run('a.circuit');
    assert.equal(code, 1);
    assert.match(stdout, /✗ rank at least 4000 {2}a\.circuit:5\n {6}expected at least 4000 in all 2 cases\n/);
    assert.match(stdout, /\n {6}measured \d+ to \d+; holds in 0 of 2 cases\n {6}n = "1": \d+ {2}x1 = ␇\n/);
    assert.match(stdout, /\n1 of 2 expectations hold\n$/);
  });

  it('exits with 2 where a file cannot be run, says where and why, and runs the others', async () => {
    await files({ 'a.circuit': holding, 'b.circuit': broken });
    const { code, stdout } = await run('a.circuit', 'b.circuit');
    assert.equal(code, 2);
    assert.match(stdout, /✗ b\.circuit:3:16 {2}Expected a bound/);
    assert.match(stdout, /✗ b\.circuit:4:8 {2}Expected the answer in double quotes, found “1”\./);
    assert.match(stdout, /\n1 of 1 expectations hold, 1 of 2 files cannot be run\n$/);
  });

  it('prints the same as JSON', async () => {
    await files({ 'a.circuit': holding, 'b.circuit': broken, 'c.circuit': failing });
    const { holds, files: found } = await report(2, 'c.circuit', 'a.circuit', 'b.circuit');
    assert.equal(holds, false);
    assert.deepEqual(
      found.map(({ file, result, errors }) => [file, result?.holds ?? null, errors.length]),
      [
        ['c.circuit', false, 0],
        ['a.circuit', true, 0],
        ['b.circuit', null, 2],
      ],
    );
    assert.equal(found[0]!.model!.id, 'whence-code');
    assert.deepEqual(
      found[0]!.result!.cases.map(({ values, prompt }) => [values.n, prompt]),
      [
        ['1', 'x1 = \u0007'],
        ['2', 'x2 = \u0007'],
      ],
    );
  });

  it('writes JUnit XML, of what holds, fails and cannot be run', async () => {
    await files({ 'a.circuit': holding, 'b.circuit': broken, 'c.circuit': failing });
    await run('--junit', 'report.xml');
    const xml = await readFile(join(folder, 'report.xml'), 'utf8');
    assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="whence">\n/);
    assert.match(
      xml,
      /<testsuite name="a\.circuit" tests="1" failures="0" errors="0">\n {4}<testcase classname="A number" name="rank at most 200" file="a\.circuit" line="5"\/>/,
    );
    assert.match(
      xml,
      /<testsuite name="b\.circuit" tests="1" failures="0" errors="1">[\s\S]*<error message="line 3: Expected a bound/,
    );
    assert.match(xml, /classname="Never &lt;so&gt;" name="rank at least 4000"/);
    assert.match(
      xml,
      /<failure message="expected at least 4000 in all 2 cases, measured \d+ to \d+; [^"]*">n = &quot;1&quot;: \d+\nx1 = \ufffd\n/,
    );
    // Every element is closed by its own name, and nothing stands in the text that XML does not have.
    const open: string[] = [];
    for (const [, close, name, empty] of xml.matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>/g)) {
      if (close) assert.equal(open.pop(), name);
      else if (!empty) open.push(name!);
    }
    assert.deepEqual(open, []);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  });

  it('finds all files of a folder but those of packages, each once', async () => {
    await files({
      'one.circuit': holding,
      'deep/two.circuit': holding,
      'node_modules/p/three.circuit': holding,
      '.hidden/four.circuit': holding,
      'deep/five.txt': holding,
    });
    const named = async (...args: readonly string[]) =>
      (await report(0, ...args)).files.map(({ file }) => file);
    assert.deepEqual(await named(), [join('deep', 'two.circuit'), 'one.circuit']);
    assert.deepEqual(await named('deep', join('deep', 'two.circuit')), [join('deep', 'two.circuit')]);
  });

  it('reads prompts from files beside the circuit, with the language that their name tells', async () => {
    const prompted = (prompt: string, language: string) =>
      `circuit "a"\n${language}prompt ${prompt}\nanswer "3"\nexpect rank at least 1\n`;
    await files({
      'deep/a.circuit': prompted('from "a.py"', ''),
      'deep/b.circuit': prompted('"x = 1\\ny = "', 'language python\n'),
      'deep/c.circuit': prompted('from "nothing.py"', ''),
      'deep/a.py': 'x = 1\ny = ',
    });
    const { files: found } = await report(2, 'deep');
    const [a, b, c] = found;
    assert.deepEqual(
      a!.result!.expectations,
      b!.result!.expectations.map((expectation) => ({ ...expectation, line: 4 })),
    );
    assert.match(c!.errors[0]!.message, /nothing\.py does not exist/);
  });

  it('reads a prompt as the model does, whatever the line ends of its file are', async () => {
    const circuit =
      'circuit "a"\nprompt from "a.py"\nanswer "3"\nexpect attention of L1H0 from end to line 2 at least 0\n';
    const prompt = 'x = 1\ny = 2\nz = ';
    await files({
      'a/a.circuit': circuit,
      'a/a.py': prompt,
      'b/a.circuit': circuit,
      'b/a.py': prompt.replaceAll('\n', '\r\n'),
    });
    const [plain, windows] = (await report(0, 'a', 'b')).files;
    assert.equal(windows!.result!.cases[0]!.prompt, prompt);
    assert.deepEqual(windows!.result, plain!.result);
  });

  it('runs the model that the file names, or the one it is told', async () => {
    await files({ 'a.circuit': `model "no-such-model"\n${holding}` });
    const { files: named } = await report(2, 'a.circuit');
    assert.match(named[0]!.errors[0]!.message, /no folder or file no-such-model/);
    const { files: told } = await report(0, '--model', resolve('models/whence-code'), 'a.circuit');
    assert.equal(told[0]!.model!.id, 'whence-code');
  });

  const guessed = `# Kept.
circuit "Names"   # and this
language python
slot name: "buffer", "total", "x"
prompt "class Cart:\\n    def __init__(self, {name}):\\n        self.{name} = {name}\\n\\n    def read(self):\\n        return self."
answer "{name}"

expect probability   at least 0.99   # a guess
expect rank at most 40 in all cases
expect logit between 99 and 100 in at least 2 of 3 cases
expect logit about 90 give or take 1 on average
expect origin recalled
expect mean ablation of L3H2,L3H3 lowers probability by at least 0.9
`
    .replace('L3H2,L3H3', 'copiers')
    .replace('answer', 'group copiers: L3H2, L3H3\nanswer');

  it('records what was measured only when asked, and changes nothing else', async () => {
    await files({ 'a.circuit': guessed.replaceAll('\n', '\r\n') });
    const path = join(folder, 'a.circuit');
    assert.equal((await run('a.circuit')).code, 1);
    assert.equal(await readFile(path, 'utf8'), guessed.replaceAll('\n', '\r\n'));

    const { files: told } = await report(1, '--update', 'a.circuit');
    const [{ result, recorded = [] } = assert.fail()] = told;
    // What has no numbers stays, and fails as before.
    assert.deepEqual(
      result!.expectations.filter(({ holds }) => !holds).map(({ text }) => text),
      ['origin recalled'],
    );
    assert.deepEqual(
      recorded.map(({ line, before }) => [line, before]),
      [
        [9, 'at least 0.99'],
        [10, 'at most 40'],
        [11, 'between 99 and 100'],
        [12, 'about 90 give or take 1'],
        [14, 'at least 0.9'],
      ],
    );
    const after = await readFile(path, 'utf8');
    const masked = (text: string) =>
      text.replaceAll(/(least|most|between|and|about|take) -?\d+(?:\.\d+)?(?! of)/g, '$1 N');
    assert.equal(masked(after), masked(guessed.replaceAll('\n', '\r\n')));
    const least = Number(/probability {3}at least (\S+) /.exec(after)![1]);
    const measured = Math.min(...result!.expectations[0]!.cases.map((each) => Number(each.measured)));
    assert.ok(least <= 0.8 * measured && least > 0.7 * measured, `${least} of ${measured}`);

    // Again: the same bounds, so nothing to write.
    const { files: again } = await report(1, '--update', 'a.circuit');
    assert.deepEqual(again[0]!.recorded, []);
    assert.equal(await readFile(path, 'utf8'), after);
  });

  it('reads steering vectors beside the circuit, and says so where there is none', async () => {
    const steered = `${holding}expect steering with "none.json" by 4 changes logit by at least 0.1\n`;
    await files({ 'deep/a.circuit': steered, 'none.py': 'x = None', 'true.py': 'x = True' });
    const { files: without } = await report(2, 'deep');
    assert.match(without[0]!.errors[0]!.message, /none\.json holds no values that can be used/);
    const made = await whence(
      [
        'steer',
        '--toward',
        'none.py',
        '--away',
        'true.py',
        '--layer',
        '1',
        '--out',
        join('deep', 'none.json'),
      ],
      { folder },
    );
    assert.equal(made.code, 0, made.stderr);
    await report(0, 'deep');
  });

  it('does not record a bound that would say nothing the language can say', async () => {
    await files({
      'a.circuit': guessed.replace(
        'lowers probability by at least 0.9',
        'raises probability by at least 0.1',
      ),
    });
    const { files: told } = await report(1, '--update', 'a.circuit');
    const last = told[0]!.result!.expectations.at(-1)!;
    assert.match(last.text, /raises probability by at least 0\.1$/);
    assert.ok(!last.holds);
  });

  it('compares two models: what holds in both, and what broke', async () => {
    const other = join(folder, 'damaged');
    await damagedCopy(resolve('models/whence-code'), other);
    await files({
      'a.circuit': `${guessed.slice(0, guessed.indexOf('expect'))}expect rank at least 1
expect mean ablation of copiers lowers probability by at least 0.02
expect mean ablation of copiers changes probability by at most 0.001
expect origin recalled
`,
    });
    const own = resolve('models/whence-code');
    const same = await run('--model', own, '--against', own, 'a.circuit');
    assert.equal(same.code, 0);
    assert.match(
      same.stdout,
      /\n2 of 4 expectations hold in both, 0 broke, 0 hold in the second alone, 2 in neither\n$/,
    );

    const broken = await run('--against', other, 'a.circuit');
    assert.equal(broken.code, 1, broken.stdout);
    assert.match(
      broken.stdout,
      /✗ broke: mean ablation of copiers lowers probability by at least 0\.02 {2}[\d.]+ to [\d.]+; holds in 3 of 3 cases → /,
    );
    assert.match(
      broken.stdout,
      /\+ second alone: mean ablation of copiers changes probability by at most 0\.001/,
    );
    const { holds, differences } = await report(1, '--against', other, 'a.circuit');
    assert.equal(holds, false);
    assert.deepEqual(
      differences!.slice(0, 3).map((each) => each.holds),
      [
        [true, true],
        [true, false],
        [false, true],
      ],
    );
    const refused = await run('--against', other, '--update', 'a.circuit');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^--against compares two models: leave out --update/);
  });

  it('compares one model at two precisions', async () => {
    const coarse = join(folder, 'coarse');
    await coarseCopy(resolve('models/whence-code'), coarse);
    await files({ 'a.circuit': `${holding}expect probability at least 0\n` });
    const [found] = (await report(0, 'a.circuit')).files;
    const exact = Number(found!.result!.expectations[1]!.cases[0]!.measured);
    await files({
      'a.circuit': `${holding}expect probability about ${exact.toFixed(7)} give or take 0.000001\n`,
    });
    const { differences } = await report(1, '--against', coarse, 'a.circuit');
    assert.deepEqual(
      differences!.map(({ holds }) => holds),
      [
        [true, true],
        [true, false],
      ],
    );
  });

  it('answers what cannot be with a sentence', async () => {
    const refused = async (message: RegExp, ...args: readonly string[]) => {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(stderr.trim().split('\n').length, 1);
    };
    await refused(/^There is no \.circuit file under this folder: name one, or write one/);
    await refused(/^There is no file or folder nothing\.circuit: /, 'nothing.circuit');
    await refused(/^Unknown option '--jnit'/, '--jnit');
    await files({ 'a.circuit': holding });
    await refused(
      /^no\/where\.xml cannot be written \(ENOENT\): give another path to --junit\./,
      '--junit',
      'no/where.xml',
    );
  });
});
