import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { formatCircuit } from '../../src/core/circuitFile/format';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import type { CircuitResult } from '../../src/core/circuitFile/result';
import { draftOf, savedMargin } from '../../src/core/circuitFile/write';
import { runCircuit } from '../../src/engine/circuitTest/run';
import { explain } from '../../src/engine/explain/explain';
import { measureHeads } from '../../src/engine/explain/heads';
import type { Model } from '../../src/engine/model';
import { embeddedModel } from './support/embedded';

const cart =
  'class Cart:\n    def __init__(self, buffer):\n        self.buffer = buffer\n\n    def read(self):\n        return self.';

/** Real code at real places, texts that are hard to write down, and a question of why not another. */
const cases: readonly {
  readonly what: string;
  readonly prompt: string;
  readonly answer: string;
  readonly contrast?: string;
}[] = [
  { what: 'a copied name', prompt: cart, answer: 'buffer' },
  { what: 'a copied name against another', prompt: cart, answer: 'buffer', contrast: 'read' },
  { what: 'a closing bracket', prompt: 'def f(items, word):\n    result = pick(items, word, 1', answer: ')' },
  { what: 'a word of the language', prompt: 'import json\n\ndef load(path):\n    with', answer: ' open' },
  { what: 'indentation', prompt: 'def f(x):\n    if x:\n        return 1\n', answer: '    ' },
  { what: 'an improbable answer', prompt: 'x = [1, 2,', answer: ' zebra' },
  { what: 'quotes and escapes', prompt: 'a = """b"""\nc = "\\n{slot}"\nd = "\\', answer: 'n' },
  { what: 'an indented prompt', prompt: '    if total > 0:\n        total = total -', answer: ' total' },
  {
    what: 'a place in this repository',
    prompt: readFileSync('samples/cart.py', 'utf8').trimEnd().replace(/\w+$/, ''),
    answer: 'total',
  },
];

describe('a circuit file written of an explanation', function () {
  this.timeout(60_000);
  let model: Model;
  let headScores: Awaited<ReturnType<typeof measureHeads>>;

  before(async () => {
    model = await embeddedModel();
    headScores = await measureHeads(model);
  });

  async function run(text: string): Promise<CircuitResult> {
    const { file, diagnostics } = parseCircuit(text);
    assert.deepEqual(diagnostics, [], text);
    const prompts = file!.prompts.map(({ value }) => ({ text: value, language: file!.language }));
    return runCircuit(model, file!, { prompts, headScores: async () => headScores });
  }

  async function written(given: (typeof cases)[number]) {
    const { prompt, answer } = given;
    const contrast = given.contrast ?? null;
    const { tokenizer } = model;
    const prefix = tokenizer.prefix('python');
    const tokens = [
      ...tokenizer.locate(prefix).map(() => ({ start: 0, end: 0 })),
      ...tokenizer.encode(prompt),
    ];
    const ids = [...prefix, ...tokenizer.encode(prompt).map(({ id }) => id)];
    const asked = { ids, position: ids.length, target: answer, contrast, verify: false };
    const explanation = await explain(model, asked);
    const draft = draftOf({
      name: 'A "name"',
      description: 'A sentence.',
      model: null,
      language: 'python',
      prompt,
      answer,
      contrast,
      explanation,
      tokens,
      headScores,
    });
    const measured = (await run(draft.open)).expectations.map(({ cases: [first] }) => first!.measured);
    return { explanation, text: draft.finished(measured) };
  }

  for (const each of cases) {
    it(`holds at once: ${each.what}`, async () => {
      const { text, explanation } = await written(each);
      assert.equal(formatCircuit(text), text, 'formatted');
      const { holds, expectations, cases: asked } = await run(text);
      assert.deepEqual(
        expectations.filter((expectation) => !expectation.holds),
        [],
        text,
      );
      assert.ok(holds);
      assert.equal(asked[0]!.prompt, each.prompt);
      const first = expectations.find((expectation) => expectation.text.startsWith('rank'))!;
      assert.equal(first.cases[0]!.measured, explanation.target.rank);
    });
  }

  it('leaves its margin, and what rounding to two digits takes', async () => {
    const { text } = await written(cases[0]!);
    const { expectations } = await run(text);
    const bounds = expectations.flatMap(({ text: line, cases: [first] }) => {
      const match = /at (least|most) (\S+)$/.exec(line);
      return match && !line.startsWith('rank')
        ? [{ line, side: match[1], bound: Number(match[2]), value: Number(first!.measured) }]
        : [];
    });
    assert.ok(bounds.length >= 6, text);
    for (const { line, side, bound, value } of bounds) {
      const left = side === 'least' ? 1 - bound / value : bound / value - 1;
      assert.ok(left >= savedMargin - 1e-9, `${line}: ${value}`);
      assert.ok(left <= savedMargin + 0.1 || bound === 0.1, `${line}: ${value}`);
    }
  });

  it('can be read where the prompt holds a docstring', async () => {
    const { text } = await written(cases.find(({ what }) => what === 'a place in this repository')!);
    assert.match(text, /^prompt """"\n {2}class Cart:\n {6}"""Things/m);
  });

  it('fails when the prompt no longer says so', async () => {
    const { text } = await written(cases[0]!);
    const other = await run(text.replace('self.buffer = buffer', 'self.other = buffer'));
    assert.ok(!other.holds);
  });

  it('states the copying heads of a copied name, what is lost without them, and a control', async () => {
    const { text } = await written(cases[0]!);
    assert.match(text, /^expect rank at most 1$/m);
    assert.match(text, /^expect origin copied$/m);
    assert.match(text, /^expect share of symbol "buffer" at least 0\.\d+$/m);
    assert.match(text, /^group writers: .*L3H[23]/m);
    assert.match(text, /^expect attention of L3H[23] from end to symbol "buffer" at least 0\.\d+$/m);
    assert.match(text, /^expect mean ablation of writers lowers logit by at least \d/m);
    assert.match(text, /^expect mean ablation of others changes logit by at most \d/m);
  });
});
