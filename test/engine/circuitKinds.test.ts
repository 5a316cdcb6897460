import assert from 'node:assert/strict';
import type { CaseMeasurement, CircuitResult } from '../../src/core/circuitFile/result';
import type { Expectation } from '../../src/core/circuitFile/syntax';
import { makeSteering } from '../../src/engine/change/steering';
import { explain } from '../../src/engine/explain/explain';
import type { Model } from '../../src/engine/model';
import { everything } from '../unit/support/circuitText';
import { circuitOf, circuitRunner } from './support/circuitRun';
import { embeddedModel, read } from './support/embedded';

describe('an expectation', function () {
  this.timeout(60_000);
  let model: Model;
  let run: ReturnType<typeof circuitRunner>;
  const code =
    'class Cart:\n    def __init__(self, buffer):\n        self.buffer = buffer\n\n    def read(self):\n        return self.';
  const other = JSON.stringify(code.replaceAll('buffer', 'length'));
  const circuit = (...expectations: readonly string[]) =>
    `circuit "An attribute"
language python
prompt ${JSON.stringify(code)}
answer "buffer"
contrast "read"
group copiers: L3H2, L3H3
group whole: L0, L1, L2, L3
group writer: L3H2
group idle: copiers, L0H3
group path: L0MLP, L1H0, L2H3, copiers
${expectations.map((line) => `expect ${line}`).join('\n')}
`;

  /**
   * Of each kind: words that hold, the same with a bound, a word or a part that does not, and what the model does instead:
   * what is measured of the second, within 5 % and 0.005.
   */
  const kinds: readonly (readonly [string, string, string, number | string])[] = [
    ['probability', 'probability at least 0.3', 'probability at least 0.6', 0.467],
    ['rank', 'rank at most 1', 'rank at least 2', 1],
    ['logit', 'logit about 12.5 give or take 2.5', 'logit about 17.5 give or take 2.5', 12.41],
    ['logit difference', 'logit difference at least 2', 'logit difference at most -2', 2.706],
    [
      'share of a symbol',
      'share of symbol "buffer" at least 0.2',
      'share of symbol "Cart" at least 0.2',
      0.083,
    ],
    ['share of a line', 'share of line 3 at least 0.1', 'share of line 5 at least 2', -0.333],
    ['origin', 'origin copied', 'origin recalled', 'copied'],
    [
      'attention',
      'attention of L3H2 from end to symbol "buffer" at least 0.6',
      'attention of L3H1 from end to symbol "buffer" at least 0.6',
      0.104,
    ],
    ['role', 'role of L1H0 previous', 'role of L1H0 induction', 'previous'],
    ['direct effect', 'direct effect of copiers at least 2', 'direct effect of L1H0 at least 2', 0.472],
    ['total effect', 'total effect of copiers at least 2', 'total effect of L1H3 at least 2', 0.151],
    [
      'zero ablation',
      'zero ablation of L1H0 lowers logit by at least 1',
      'zero ablation of L1H3 lowers logit by at least 1',
      0.054,
    ],
    [
      'mean ablation',
      'mean ablation of copiers lowers probability by at least 0.3',
      // Without it the probability rises.
      'mean ablation of L0H3 lowers probability by at least 0.3',
      -0.044,
    ],
    [
      'resample ablation',
      'resample ablation of L1H0 lowers logit by at least 1',
      'resample ablation of L1H0 raises logit by at least 1',
      -2.735,
    ],
    // Without L2H0 the logit rises: a change is a size.
    [
      'change by ablation',
      'mean ablation of L2H0 changes logit by at least 0.3',
      'mean ablation of L2H0 changes logit by at most 0.3',
      0.557,
    ],
    [
      'change of the difference by ablation',
      'mean ablation of copiers lowers logit difference by at least 1',
      'mean ablation of copiers raises logit difference by at least 1',
      -4.078,
    ],
    // As much of what the model goes on with as the text is long.
    ['continuation', 'continuation "buffer"', 'continuation "read"', '"buff"'],
    [
      'activation',
      'activation of L1N5 at line 3 between -0.3 and 10',
      'activation of L1N5 at line 3 at least 10',
      0.222,
    ],
    // Patched from itself, nothing changes.
    [
      'patching',
      `patching of copiers from ${other} lowers logit difference by at least 1`,
      `patching of copiers from ${JSON.stringify(code)} lowers logit difference by at least 1`,
      0,
    ],
    [
      'scaling',
      'scaling of copiers by 0.5 lowers logit by at least 0.5',
      'scaling of copiers by 1 lowers logit by at least 0.5',
      0,
    ],
    [
      'a layer as a part',
      'mean ablation of L3 lowers logit by at least 1',
      'mean ablation of L1N5 lowers logit by at least 1',
      0.003,
    ],
    [
      'steering',
      'steering with "vector.json" by 4 changes logit by at least 0.1',
      'steering with "vector.json" by 0 changes logit by at least 0.1',
      0,
    ],
    // The heads that write the answer write it from what the others make.
    ['faithfulness', 'faithfulness of whole at least 0.99', 'faithfulness of copiers at least 0.99', -0.001],
    ['completeness', 'completeness of whole at least 0.99', 'completeness of L0H3 at least 0.5', -0.067],
    // A random pair of heads does no worse alone.
    [
      'faithfulness above that of random groups',
      'faithfulness of path above random by at least 0.5',
      'faithfulness of copiers above random by at least 0.5',
      -0.056,
    ],
    [
      'completeness above that of random groups',
      'completeness of path above random by at least 0.2',
      'completeness of L0H3 above random by at least 0.2',
      -0.424,
    ],
    // L0H3 is no part of it, and L3H3 does less than nothing beside it.
    ['minimality', 'minimality of writer at least 0.01', 'minimality of idle at least 0.5', -0.069],
  ];
  /** Expectations are kept with single spaces. */
  const asKept = (line: string) => line.replaceAll(/\s+/g, ' ');
  let outcome: CircuitResult;

  before(async () => {
    model = await embeddedModel();
    run = circuitRunner(model);
    const vector = await makeSteering(model, {
      name: 'None',
      layer: 1,
      toward: ['x = None'],
      away: ['x = True'],
      language: 'python',
      at: 'last',
    });
    const text = circuit(...kinds.flatMap(([, right, wrong]) => [right, wrong]));
    outcome = await run(text, { vectors: { 'vector.json': vector } });
  });

  for (const [index, [kind, right, wrong, instead]] of kinds.entries()) {
    it(`on ${kind} holds where it does, and fails for what the model does instead`, () => {
      const [held, failed] = outcome.expectations.slice(2 * index);
      assert.equal(held!.text, asKept(right));
      assert.ok(held!.holds, `${right}: ${held!.measured}`);
      assert.equal(failed!.text, asKept(wrong));
      assert.ok(!failed!.holds, `${wrong}: ${failed!.measured}`);
      const [{ measured, holds }] = failed!.cases as [CaseMeasurement];
      assert.equal(holds, false);
      if (typeof instead === 'string') assert.equal(measured, instead);
      else {
        const off = Math.abs(Number(measured) - instead);
        assert.ok(off <= 0.005 + 0.05 * Math.abs(instead), `${wrong}: ${measured}, not ${instead}`);
      }
    });
  }

  it('above random groups does not hold where there are none, whatever its bound', async () => {
    const { expectations } = await run(circuit('faithfulness of whole above random by at most 9'));
    assert.equal(expectations[0]!.holds, false);
    assert.match(expectations[0]!.measured, /^no other group of as many parts of these kinds/);
  });

  it('is tried in every kind that the language has', () => {
    const kindOf = ({ claim }: Expectation) => [
      claim.kind,
      'measure' in claim ? claim.measure : '',
      'path' in claim ? claim.path : '',
      'cause' in claim ? claim.cause.kind : '',
      'quality' in claim ? `${claim.quality} ${claim.aboveRandom ? 'above random' : ''}` : '',
      'verb' in claim ? claim.verb : '',
    ];
    const words = (expectations: readonly Expectation[]) => [...new Set(expectations.flatMap(kindOf))].sort();
    const tried = circuitOf(circuit(...kinds.flatMap(([, right, wrong]) => [right, wrong])));
    assert.deepEqual(words(tried.expectations), words(circuitOf(everything).expectations));
  });

  it('measures what an explanation of the same token says', async () => {
    const ids = read(model, code);
    const asked = { ids, position: ids.length, target: 'buffer', contrast: 'read', verify: false };
    const { target, total, components, sources, tokens, heads } = await explain(model, asked);
    const measured = (text: string) =>
      Number(outcome.expectations.find((expectation) => expectation.text === text)!.cases[0]!.measured);
    const near = (text: string, expected: number) =>
      assert.ok(Math.abs(measured(text) - expected) < 1e-5, `${text}: ${measured(text)}, ${expected}`);
    near('probability at least 0.3', target.probability);
    near('rank at most 1', target.rank);
    near('logit difference at least 2', total);
    const partOf = (name: string) => components.find((component) => component.name === name)!;
    near('direct effect of copiers at least 2', partOf('L3H2').direct + partOf('L3H3').direct);
    near('total effect of L1H3 at least 2', partOf('L1H3').total!);
    const line = code.split('\n')[2]!;
    const start = code.indexOf(line);
    const inLine = tokens.filter((token) => token.start < start + line.length && token.end > start);
    assert.ok(inLine.length > 4);
    near(
      'share of line 3 at least 0.1',
      inLine.reduce((sum, { index }) => sum + sources[index]!.score, 0) / total,
    );
    const looks = heads.find(({ layer, head }) => layer === 3 && head === 2)!.attention;
    const named = looks.filter(({ index }) => tokens[index]!.text.includes('buffer'));
    assert.ok(named.length > 1);
    near(
      'attention of L3H2 from end to symbol "buffer" at least 0.6',
      named.reduce((sum, { weight }) => sum + weight, 0),
    );
    assert.deepEqual(
      outcome.cases.map(({ answer, contrast, prompt }) => [answer, contrast, prompt]),
      [['buffer', 'read', code]],
    );
  });

  /** What the lines measure, in their order. */
  const measuredBy = async (...lines: readonly string[]) =>
    (await run(circuit(...lines))).expectations.map(({ cases }) => Number(cases[0]!.measured));

  it('patches so that a model patched everywhere does what it does in the other prompt', async () => {
    const [fall, own, before] = await measuredBy(
      `patching of whole from ${other} lowers probability by at least 0`,
      `patching of whole from ${JSON.stringify(code)} lowers probability by at least 0`,
      'probability at least 0',
    );
    const ids = read(model, code.replaceAll('buffer', 'length'));
    const there = await explain(model, {
      ids,
      position: ids.length,
      target: 'buffer',
      contrast: null,
      verify: false,
    });
    assert.ok(there.target.probability < 0.1);
    assert.ok(Math.abs(before! - fall! - there.target.probability) < 1e-5);
    assert.ok(Math.abs(own!) < 1e-6);
  });

  it('scales by 0 as zero ablation does', async () => {
    const [scaled, ablated] = await measuredBy(
      'scaling of L1H0 by 0 lowers logit by at least 0',
      'zero ablation of L1H0 lowers logit by at least 0',
    );
    assert.ok(ablated! > 1);
    assert.ok(Math.abs(scaled! - ablated!) < 1e-5);
  });

  it('reads a neuron where it is most active', async () => {
    const [first, all] = await measuredBy(
      'activation of L1N5 at line 1 at least 0',
      'activation of L1N5 at lines 1 to 6 at least 0',
    );
    const ids = read(model, code);
    const hook = 'blocks.1.mlp.hook_post';
    const { hooks } = await model.forward({ ids: [ids], hooks: [hook], logits: 'none' });
    const { data, dims } = hooks.get(hook)!;
    const values = model.tokenizer
      .locate(ids)
      .flatMap(({ start, end }, at) => (end > start ? [data[at * dims[2]! + 5]!] : []));
    assert.equal(all, Math.max(...values));
    assert.ok(first! <= all!);
  });

  it('reports a group beside random ones, and the part that matters least', async () => {
    const { expectations } = await run(
      circuit('faithfulness of copiers at least -9', 'minimality of idle at least -9'),
    );
    assert.match(expectations[0]!.measured, /^[\d.-]+, beside [\d. to-]+ of 4 random groups like it$/);
    assert.equal(expectations[0]!.random!.length, 4);
    assert.match(expectations[1]!.measured, /^[\d.e-]+, of L\dH\d, which matters least$/);
    assert.equal(expectations[0]!.cases[0]!.case, null);
  });

  it('refuses to patch from a prompt of another length', async () => {
    await assert.rejects(run(circuit('patching of L3 from "x = " lowers logit by at least 0')), {
      code: 'bad-input',
      message: /The prompt to patch from has \d+ tokens and the prompt of prompt 1 has \d+/,
    });
  });

  it('measures an ablation by the method’s own run', async () => {
    const ids = read(model, code);
    const asked = { ids, position: ids.length, target: 'buffer', contrast: null, verify: false };
    const { components } = await explain(model, {
      ...asked,
      method: 'ablation',
      settings: { ablation: 'zero' },
    });
    const expected = components.find(({ name }) => name === 'L1H0')!.total!;
    const text = 'zero ablation of L1H0 lowers logit by at least 1';
    const { cases } = outcome.expectations.find((expectation) => expectation.text === text)!;
    assert.ok(Math.abs(Number(cases[0]!.measured) - expected) < 1e-3);
  });
});
