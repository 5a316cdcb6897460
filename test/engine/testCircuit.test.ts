import assert from 'node:assert/strict';
import { only, type Selection } from '../../src/core/change/change';
import { partNamed } from '../../src/core/change/changeText';
import { type CircuitNode, idleBelow, type TestCircuitParams } from '../../src/core/circuitTest';
import { WhenceError } from '../../src/core/errors';
import { testCircuit } from '../../src/engine/change/testCircuit';
import type { Model } from '../../src/engine/model';
import { induction } from '../handbuilt/induction';
import { quote, quotes } from '../handbuilt/quotes';
import { embeddedModel, read } from './support/embedded';
import { TestEngine } from './support/engine';

const node = (name: string, positions: Selection = 'all'): CircuitNode => ({
  part: partNamed(name) as CircuitNode['part'],
  positions,
});
const near = (found: number | null, expected: number, what: string) =>
  assert.ok(found !== null && Math.abs(found - expected) < 1e-3, `${what}: ${found}, not ${expected}`);

describe('testing a circuit', function () {
  this.timeout(20_000);
  const models: Model[] = [];
  afterEach(async () => {
    for (const model of models.splice(0)) await model.close();
  });
  const load = async (built: { load(): Promise<Model> }) => {
    const model = await built.load();
    models.push(model);
    return model;
  };
  /** The last of the tokens is asked for. */
  const asking = (ids: readonly number[], nodes: readonly CircuitNode[]): TestCircuitParams => ({
    nodes,
    questions: [{ ids, position: ids.length - 1, target: null, contrast: null }],
    ablation: 'zero',
    draws: 3,
    seed: 1,
    minimality: true,
  });

  it('induction: the two heads alone do it all and nothing does it without them; random heads do nothing', async () => {
    const model = await load(induction());
    const ids = [0, 3, 4, 5, 6, 7, 3, 4];
    const found = await testCircuit(model, asking(ids, [node('L0H0'), node('L1H0')]));
    near(found.circuit.faithfulness, 1, 'faithfulness');
    near(found.circuit.rest, 0, 'everything but the circuit');
    assert.ok(found.circuit.probability > 0.99);
    // Of four heads the two others make the only circuit of other parts.
    assert.equal(found.random.length, 1);
    assert.equal(found.unavoidable, 0);
    for (const { faithfulness, rest } of found.random) {
      near(faithfulness, 0, 'random');
      near(rest, 1, 'everything but the random one');
    }
    assert.equal(found.parts, 2);
    assert.equal(found.all, 4);
    for (const { loss } of found.minimality!) assert.ok(loss! > 0.9, `${loss}`);
  });

  it('counts only the positions that a part stands for, from the end of the context too', async () => {
    const model = await load(induction());
    const ids = [0, 3, 4, 5, 6, 7, 3, 4];
    const at = async (place: number) =>
      (await testCircuit(model, asking(ids, [node('L0H0', only(place)), node('L1H0', only(-1))]))).circuit;
    near((await at(2)).faithfulness, 1, 'where the copied token stands');
    assert.ok((await at(3)).faithfulness! < 0.2, 'beside it');
  });

  it('names what does nothing in a circuit', async () => {
    const model = await load(induction());
    const nodes = [node('L0H0'), node('L0H1', only(2)), node('L1H0')];
    const { minimality } = await testCircuit(model, asking([0, 3, 4, 5, 6, 7, 3, 4], nodes));
    const idle = minimality!.filter(({ loss }) => Math.abs(loss!) < idleBelow);
    assert.deepEqual(
      idle.map(({ name }) => name),
      ['L0H1[2]'],
    );
  });

  it('quotes: two neurons and a head, or their MLP and the head', async () => {
    const model = await load(quotes());
    const ids = [quote.begin, quote.double, 3, quote.double, 4, quote.single, 5, 6, quote.single];
    for (const seers of [['L0N1', 'L0N0'], ['L0MLP'], ['L0MLP', 'L0N0']]) {
      const found = await testCircuit(
        model,
        asking(
          ids,
          [...seers, 'L1H0'].map((name) => node(name)),
        ),
      );
      near(found.circuit.faithfulness, 1, `${seers}`);
      near(found.circuit.rest, 0, `without ${seers}`);
      for (const { faithfulness } of found.random) assert.ok(faithfulness! < 0.5, `random: ${faithfulness}`);
    }
    const wrong = await testCircuit(
      model,
      asking(
        ids,
        ['L0N3', 'L0N4', 'L1H0'].map((name) => node(name)),
      ),
    );
    assert.ok(wrong.circuit.faithfulness! < 0.5);
  });

  const texts = ['total', 'buffer', 'client'].map(
    (name) =>
      `class Cart:\n    def __init__(self, ${name}):\n        self.${name} = ${name}\n\n    def read(self):\n        return self.`,
  );
  const copying = (model: Model, nodes: readonly CircuitNode[]): TestCircuitParams => ({
    nodes,
    questions: texts.map((text) => {
      const ids = read(model, text);
      return { ids, position: ids.length, target: null, contrast: null };
    }),
    ablation: 'mean',
    draws: 2,
    seed: 7,
    minimality: false,
  });

  it('everything kept is the whole model, and leaves nothing', async () => {
    const model = await embeddedModel();
    const { layers, heads } = model.info;
    const all = Array.from({ length: layers }, (_, layer) => [
      node(`L${layer}MLP`),
      ...Array.from({ length: heads }, (__, head) => node(`L${layer}H${head}`)),
    ]).flat();
    const found = await testCircuit(model, copying(model, all));
    near(found.circuit.faithfulness, 1, 'faithfulness');
    near(found.circuit.rest, 0, 'everything but all');
    assert.equal(found.parts, found.all);
  });

  it('averages over questions, draws by seed, and is asked through the engine process', async () => {
    const model = await embeddedModel();
    const params = copying(
      model,
      ['L3H2', 'L3H3', 'L0MLP'].map((name) => node(name)),
    );
    const found = await testCircuit(model, params);
    const single = await Promise.all(
      params.questions.map((question) => testCircuit(model, { ...params, questions: [question] })),
    );
    const mean = single.reduce((sum, { whole }) => sum + whole / single.length, 0);
    assert.ok(Math.abs(found.whole - mean) < 1e-4);
    const other = await testCircuit(model, { ...params, seed: 8 });
    assert.deepEqual(other.circuit, found.circuit);
    assert.notDeepEqual(other.random, found.random);
    const engine = await TestEngine.create();
    try {
      assert.deepEqual(await engine.process.request('circuit/test', params), found);
    } finally {
      await engine.dispose();
    }
  });

  it('refuses what is no test, and stops when told to', async () => {
    const model = await embeddedModel();
    const params = copying(model, [node('L3H2')]);
    const refused = async (changes: Partial<TestCircuitParams>, sentence: RegExp) =>
      assert.rejects(testCircuit(model, { ...params, ...changes }), (thrown) => {
        assert.ok(thrown instanceof WhenceError);
        assert.match(thrown.message, sentence);
        return true;
      });
    await refused({ nodes: [] }, /without parts/);
    await refused({ questions: [] }, /give a question/);
    await refused({ draws: 1000 }, /0 to 100 random circuits/);
    await refused({ nodes: [node('L9H0')] }, /has no L9H0: its layers are 0 to 3/);
    await refused(
      { nodes: Array.from({ length: 201 }, () => node('L3H2')), minimality: true },
      /at most 200 can be/,
    );
    const [first, ...others] = params.questions;
    await refused({ questions: [{ ...first!, contrast: ' zebra' }, ...others] }, /cannot be averaged/);
    const controller = new AbortController();
    const work = testCircuit(model, params, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(work, (thrown) => thrown instanceof WhenceError && thrown.code === 'cancelled');
  });
});
