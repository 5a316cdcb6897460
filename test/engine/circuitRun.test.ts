import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { parseCircuit } from '../../src/core/circuitFile/parser';
import type { MeasuredCase } from '../../src/core/circuitFile/result';
import { TestEngine } from './support/engine';

const text = readFileSync('circuits/closing-bracket.circuit', 'utf8');
const prompts = parseCircuit(text).file!.prompts.map(({ value }) => ({ text: value, language: 'python' }));

describe('a circuit file asked of the engine', function () {
  this.timeout(60_000);
  let engine: TestEngine;

  before(async () => {
    engine = await TestEngine.create();
  });
  after(async () => assert.deepEqual(await engine.dispose(), []));

  it('streams its cases in order, and its result is made of them', async () => {
    const streamed: MeasuredCase[] = [];
    const result = await engine.process.request(
      'circuit/run',
      { text, prompts, expectations: null },
      { onNotification: ({ name, params }) => name === 'circuit/case' && streamed.push(params) },
    );
    assert.ok(result.holds);
    assert.deepEqual(
      streamed.map(({ done, total }) => [done, total]),
      [1, 2, 3, 4, 5, 6, 7, 8].map((done) => [done, 8]),
    );
    assert.deepEqual(
      streamed.map((told) => told.case),
      result.cases,
    );
    for (const [index, { cases }] of result.expectations.entries()) {
      // What is measured once, of the whole model, has no part in the stream.
      const once = cases[0]!.case === null;
      assert.deepEqual(
        streamed.map(({ measured }) => measured[index]),
        once ? streamed.map(() => null) : cases,
      );
    }
    assert.ok(result.expectations.some(({ cases }) => cases.length === streamed.length));
  });

  it('measures only the expectations that are asked for', async () => {
    const { expectations } = await engine.process.request('circuit/run', {
      text,
      prompts,
      expectations: [2, 0],
    });
    assert.deepEqual(
      expectations.map((expectation) => expectation.text),
      ['logit difference at least 5', 'rank at most 2 in all cases'],
    );
  });

  it('stops when it is withdrawn, and the engine answers the next question', async () => {
    const source = new CancellationTokenSource();
    const streamed: MeasuredCase[] = [];
    const many = text.replace(
      '"index", "name", "total", "item"',
      Array.from({ length: 100 }, (_, index) => `"name${index}"`).join(', '),
    );
    await assert.rejects(
      engine.process.request(
        'circuit/run',
        { text: many, prompts, expectations: null },
        {
          token: source.token,
          onNotification: ({ name, params }) => {
            if (name === 'circuit/case') streamed.push(params);
            source.cancel();
          },
        },
      ),
      { code: 'cancelled' },
    );
    assert.equal(streamed.length, 1);
    const again = await engine.process.request('circuit/run', { text, prompts, expectations: [0] });
    assert.ok(again.holds);
  });

  it('refuses what it cannot run with a sentence', async () => {
    const refused = (params: Partial<Parameters<typeof ask>[0]>, message: RegExp) =>
      assert.rejects(ask({ text, prompts, expectations: null, ...params }), { message });
    const ask = (params: { text: string; prompts: typeof prompts; expectations: readonly number[] | null }) =>
      engine.process.request('circuit/run', params);
    await refused({ text: 'circuit' }, /Expected the name of the circuit/);
    await refused({ prompts: [] }, /names 1 prompts, and 0 were given/);
    await refused({ expectations: [99] }, /has no expectation 100/);
  });
});
