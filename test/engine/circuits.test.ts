import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatCircuit } from '../../src/core/circuitFile/format';
import type { CircuitResult } from '../../src/core/circuitFile/result';
import type { RunOptions } from '../../src/engine/circuitTest/run';
import { circuitRunner } from './support/circuitRun';
import { embeddedModel } from './support/embedded';

const folder = 'circuits';

describe('circuit files and the model', function () {
  this.timeout(60_000);
  let run: ReturnType<typeof circuitRunner>;

  before(async () => {
    run = circuitRunner(await embeddedModel());
  });

  describe('circuits of the embedded model', () => {
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.circuit'))) {
      it(`hold: ${name}`, async () => {
        const text = readFileSync(join(folder, name), 'utf8');
        assert.equal(formatCircuit(text), text, 'formatted');
        const { expectations, cases, holds } = await run(text);
        assert.deepEqual(
          expectations.filter((expectation) => !expectation.holds),
          [],
        );
        assert.ok(holds && cases.length >= 8);
      });
    }
  });

  it('measure the same in each case, whichever cases are run with it', async () => {
    const names = ['buffer', 'x', 'first_name', 'total'];
    const text = (listed: readonly string[]) => `circuit "Names"
language python
slot name: ${listed.map((name) => JSON.stringify(name)).join(', ')}
prompt "class Cart:\\n    def __init__(self, {name}):\\n        self.{name} = {name}\\n\\n    def read(self):\\n        return self."
answer "{name}"
group copiers: L3H2, L3H3
${['zero', 'mean', 'resample'].map((kind) => `expect ${kind} ablation of copiers lowers logit by at least 0`).join('\n')}
expect mean ablation of L1H0 lowers probability by at least 0
`;
    const measured = ({ expectations }: CircuitResult) =>
      expectations.map(({ cases }) => cases.map((each) => Number(each.measured)));
    const together = measured(await run(text(names)));
    for (const [at, name] of names.entries()) {
      for (const [index, [alone]] of measured(await run(text([name]))).entries()) {
        const beside = together[index]![at]!;
        assert.ok(Math.abs(alone! - beside) < 1e-4, `${name}, ${index}: ${alone}, ${beside}`);
      }
    }
  });

  it('quantify over cases', async () => {
    const text = `circuit "Names"
language python
slot name: "buffer", "zzyzx"
prompt "class Cart:\\n    def __init__(self, {name}):\\n        self.{name} = {name}\\n\\n    def read(self):\\n        return self."
answer "{name}"
expect rank at most 1 in all cases
expect rank at most 1 in at least 1 of 2 cases
expect rank at most 1 in most cases
expect rank at most 1 on average
expect rank at most 1 in at least 2 of 2 cases
`;
    const { expectations, holds } = await run(text);
    assert.deepEqual(
      expectations.map((expectation) => expectation.holds),
      [false, true, false, false, false],
    );
    const [first, second] = expectations[0]!.cases.map(({ measured }) => Number(measured));
    assert.equal(first, 1);
    assert.ok(second! > 1);
    const cases = `1 to ${second}; holds in 1 of 2 cases`;
    assert.deepEqual(
      expectations.map(({ expected, measured }) => [expected, measured]),
      [
        ['at most 1 in all 2 cases', cases],
        ['at most 1 in at least 1 of 2 cases', cases],
        ['at most 1 in most of 2 cases', cases],
        ['at most 1 on average', `mean ${(1 + second!) / 2} of 2 cases`],
        ['at most 1 in at least 2 of 2 cases', cases],
      ],
    );
    assert.equal(holds, false);
    assert.deepEqual(
      expectations[0]!.cases.map((measured) => measured.holds),
      [true, false],
    );
  });

  it('are refused where they name what is not there', async () => {
    const refused = (expectation: string, message: RegExp) =>
      assert.rejects(
        run(`circuit "a"\nlanguage python\nprompt "x = "\nanswer "1"\nexpect ${expectation}\n`),
        {
          message,
        },
      );
    await refused(
      'direct effect of L9H0 at least 1',
      /whence-code has no part L9H0: it has 4 layers of 4 heads/,
    );
    await refused('role of L0H7 previous', /has no part L0H7/);
    await refused('share of symbol "y" at least 0', /The prompt of prompt 1 has no symbol "y"/);
    await assert.rejects(
      run(`circuit "a"\nprompt "${'x = 1\\n'.repeat(400)}"\nanswer "1"\nexpect rank at most 1\n`),
      {
        message: /made for 512: shorten the text/,
      },
    );
  });

  it('tell how far they are, and stop when they are withdrawn', async () => {
    const withdrawn = new AbortController();
    const seen: number[] = [];
    const onCase: RunOptions['onCase'] = ({ done, total }) => {
      seen.push(done / total);
      if (done === 2) withdrawn.abort();
    };
    const text =
      'circuit "a"\nlanguage python\nslot n: "1", "2", "3", "4"\nprompt "x{n} = "\nanswer "1"\nexpect rank at least 1\n';
    await assert.rejects(run(text, { onCase, signal: withdrawn.signal }), { code: 'cancelled' });
    assert.deepEqual(seen, [0.25, 0.5]);
  });
});
