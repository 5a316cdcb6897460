import assert from 'node:assert/strict';
import type { Change as ModelChange, Values } from '../../src/core/change/change';
import { parseChange } from '../../src/core/change/changeText';
import { WhenceError } from '../../src/core/errors';
import { interventionsOf } from '../../src/engine/change/interventions';
import { changedLogits, patternsOf } from '../../src/engine/change/logits';
import { sampleValues } from '../../src/engine/explain/methods/sample';
import { hookOf } from '../../src/engine/explain/trace';
import type { Model } from '../../src/engine/model';
import type { Tensor } from '../../src/engine/tensor';
import { relativeError } from '../reference/compare';
import { type Array64, type Change, runLlama } from '../reference/llama';
import { randomIds } from '../reference/random';
import { embeddedModel, read } from './support/embedded';
import { type TinyModel, tinyModel } from './support/tinyLlama';

/** A change as text; what it names as a file is looked up here. */
function change(text: string, files: Readonly<Record<string, Omit<Values, 'name'>>> = {}): ModelChange {
  const { part, positions, how } = parseChange(text);
  const values = (name: string): Values => ({ name, ...files[name]! });
  const value = (given: number | string) => (typeof given === 'string' ? values(given) : given);
  if (how.kind === 'set' || how.kind === 'add') {
    return { part, positions, how: { ...how, value: value(how.value) } };
  }
  if (how.kind === 'remove') return { part, positions, how: { ...how, direction: values(how.direction) } };
  return { part, positions, how };
}

const vector = (...data: number[]) => ({ dims: [data.length], data: Float32Array.from(data) });

describe('changes against the float64 reference', function () {
  this.timeout(20_000);
  let tiny: TinyModel;
  before(async () => {
    tiny = await tinyModel({ attention_bias: true });
  });
  after(() => tiny.dispose());

  const ids = randomIds(11, 50, 5);
  const size = (x: Array64, from: number) => x.dims.slice(from).reduce((a, b) => a * b, 1);
  /** Changes the numbers of a position and unit: a head of [S, H, d], a neuron of [S, F]. */
  const cells =
    (holds: (position: number, unit: number) => boolean, f: (x: number, inner: number) => number): Change =>
    (x) => {
      for (const [index, value] of x.data.entries()) {
        const inner = index % size(x, 2);
        const unit = Math.floor(index / size(x, 2)) % x.dims[1]!;
        if (holds(Math.floor(index / size(x, 1)), unit)) x.data[index] = f(value, inner);
      }
    };
  const direction = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
  const without: Change = ({ data }) => {
    const norm = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
    for (let from = 0; from < data.length; from += 24) {
      const along = direction.reduce((sum, d, i) => sum + (d / norm) * data[from + i]!, 0);
      direction.forEach((d, i) => {
        data[from + i]! -= (along * d) / norm;
      });
    }
  };
  const files = { 'v.json': { dims: [24], data: direction }, 'z.json': vector(1, -2, 3, 4, 0, 1, 2, 3) };

  const cases: readonly [string, readonly string[], Readonly<Record<string, Change>>][] = [
    [
      'a head',
      ['L0H1=zero'],
      {
        'blocks.0.attn.hook_z': cells(
          (_, head) => head === 1,
          () => 0,
        ),
      },
    ],
    [
      'an MLP at the end',
      ['L1MLP[-1]=zero'],
      {
        'blocks.1.hook_mlp_out': cells(
          (s) => s === 10,
          () => 0,
        ),
      },
    ],
    [
      'a neuron at some positions',
      ['L0N5[2:4,-2]=scale:3'],
      {
        'blocks.0.mlp.hook_post': cells(
          (s, neuron) => neuron === 5 && [2, 3, 9].includes(s),
          (x) => 3 * x,
        ),
      },
    ],
    [
      'a layer',
      ['L1=scale:0.25'],
      {
        'blocks.1.hook_attn_out': cells(
          () => true,
          (x) => x / 4,
        ),
        'blocks.1.hook_mlp_out': cells(
          () => true,
          (x) => x / 4,
        ),
      },
    ],
    [
      'attention patterns of a head',
      ['blocks.1.attn.hook_pattern[4:][0]=scale:0.5'],
      {
        'blocks.1.attn.hook_pattern': (x) => {
          for (let i = 4 * 11; i < 11 * 11; i++) x.data[i]! /= 2;
        },
      },
    ],
    [
      'heads by what a file holds',
      ['blocks.0.attn.hook_z[3:][0,2:]=add:z.json*-0.5'],
      {
        'blocks.0.attn.hook_z': cells(
          (s, head) => s >= 3 && (head === 0 || head >= 2),
          (x, inner) => x - files['z.json'].data[inner]! / 2,
        ),
      },
    ],
    [
      'a direction taken out',
      ['blocks.0.hook_resid_post=remove:v.json'],
      { 'blocks.0.hook_resid_post': without },
    ],
    [
      'a direction taken out and another put in',
      ['blocks.0.hook_resid_post=add:v.json*2', 'blocks.0.hook_resid_post=remove:v.json'],
      {
        'blocks.0.hook_resid_post': (x) => {
          without(x);
          for (let i = 0; i < x.data.length; i++) x.data[i]! += 2 * direction[i % 24]!;
        },
      },
    ],
    [
      'one value several times, in their order',
      ['L0N3=set:2', 'L0N3[5]=add:1', 'L0N3=scale:-1', 'L0N4[5]=zero'],
      {
        'blocks.0.mlp.hook_post': (x) => {
          cells(
            (_, neuron) => neuron === 3,
            () => -2,
          )(x);
          cells(
            (s, neuron) => neuron === 3 && s === 5,
            () => -3,
          )(x);
          cells(
            (s, neuron) => neuron === 4 && s === 5,
            () => 0,
          )(x);
        },
      },
    ],
  ];

  for (const [what, texts, reference] of cases) {
    it(`changes ${what}`, async () => {
      const [found] = await changedLogits(tiny.model, ids, [texts.map((text) => change(text, files))]);
      const expected = runLlama(tiny.reference, ids, reference).logits.data;
      assert.ok(relativeError(found!, expected.subarray(-found!.length)) <= 1e-4);
      const plain = runLlama(tiny.reference, ids).logits.data;
      assert.ok(relativeError(found!, plain.subarray(-found!.length)) > 1e-3, 'and it matters');
    });
  }

  it('gives each row of a batch what it gives the row alone', async () => {
    const sets = [...cases.map(([, texts]) => texts.map((text) => change(text, files))), []];
    const together = await changedLogits(tiny.model, ids, sets);
    for (const [row, set] of sets.entries()) {
      const [alone] = await changedLogits(tiny.model, ids, [set]);
      assert.ok(relativeError(together[row]!, alone!) <= 1e-6, `row ${row}`);
    }
  });

  it('holds attention where it looks, and lets only the rest follow', async () => {
    const held = await patternsOf(tiny.model, ids);
    const changes = [change('L0=scale:3'), change('blocks.1.attn.hook_pattern[2][1]=zero')];
    const interventions = await interventionsOf(tiny.model, [changes], { length: 11, prompt: 11, held });
    const hooks = [...held.keys()];
    const { hooks: found, logits } = await tiny.model.forward({
      ids: [ids],
      hooks,
      interventions,
      logits: [10],
    });
    const clean = runLlama(tiny.reference, ids);
    const hold =
      (hook: string): Change =>
      (x) => {
        x.data.set(clean.hooks.get(hook)!.data);
      };
    const tripled: Change = cells(
      () => true,
      (x) => 3 * x,
    );
    const expected = runLlama(tiny.reference, ids, {
      'blocks.0.attn.hook_pattern': hold('blocks.0.attn.hook_pattern'),
      'blocks.0.hook_attn_out': tripled,
      'blocks.0.hook_mlp_out': tripled,
      'blocks.1.attn.hook_pattern': (x) => {
        hold('blocks.1.attn.hook_pattern')(x);
        x.data.fill(0, (11 + 2) * 11, (11 + 3) * 11);
      },
    });
    assert.deepEqual(found.get(hooks[0]!), held.get(hooks[0]!));
    assert.ok(relativeError(logits!.data, expected.logits.data.subarray(-logits!.data.length)) <= 1e-4);
  });

  const refused = async (text: string, sentence: RegExp) =>
    assert.rejects(changedLogits(tiny.model, ids, [[change(text, files)]]), (thrown) => {
      assert.ok(thrown instanceof WhenceError);
      assert.equal(thrown.code, 'bad-argument');
      assert.match(thrown.message, sentence);
      return true;
    });

  it('says what is wrong with a change, and what there is', async () => {
    await refused('L9H0=zero', /has no L9H0: its layers are 0 to 1/);
    await refused('blocks.0.attn.hook_zz=zero', /no hook blocks\.0\.attn\.hook_zz.*blocks\.0\.attn\.hook_z/);
    await refused('blocks.0.attn.hook_z[:][9]=zero', /hook_z has 0 to 5 to choose from, not \[9\]/);
    await refused('L0H0[11]=zero', /\[11\] is none of the positions 0 to 10/);
    await refused('L0H0[4:2]=zero', /\[4:2\] is none of the positions/);
    await refused('blocks.0.attn.hook_pattern=mean', /change hook_z/);
    await refused('L0MLP=set:z.json', /z\.json has the shape \[8\].*\[11, 24\]/);
    await refused('blocks.0.hook_resid_post=remove:z.json', /z\.json has the shape \[8\].*24 numbers/);
    await refused('blocks.0.hook_resid_post[:][3]=remove:v.json', /from its heads, not from single numbers/);
  });
});

describe('changes that change nothing', function () {
  this.timeout(20_000);
  let model: Model;
  let ids: number[];
  let plain: Float32Array;
  let hooks: ReadonlyMap<string, Tensor>;
  before(async () => {
    model = await embeddedModel();
    ids = read(
      model,
      'class Cart:\n    def __init__(self, total):\n        self.total = total\n        self.',
    );
    const run = await model.forward({ ids: [ids], hooks: model.hookNames, logits: [ids.length - 1] });
    plain = run.logits!.data;
    hooks = run.hooks;
  });

  const same = async (changes: readonly ModelChange[], held?: ReadonlyMap<string, Tensor>) => {
    const [found] = await changedLogits(model, ids, [changes], { held });
    assert.deepEqual(found, plain);
  };

  it('times 1 and plus 0 give the same bits at every hook', async () => {
    await same(model.hookNames.map((hook) => change(`${hook}=scale:1`)));
    await same(model.hookNames.map((hook) => change(`${hook}=add:0`)));
    await same([change('L1H2[3]=scale:1'), change('L2N7[-2:]=add:0')]);
  });

  it('every value set to itself gives the same bits', async () => {
    const own = (hook: string): ModelChange => {
      const { dims, data } = hookOf(hooks, hook);
      return change(`${hook}=set:own`, { own: { dims: dims.slice(1), data } });
    };
    await same(model.hookNames.map(own));
  });

  it('held patterns give the same bits', async () => same([], await patternsOf(model, ids)));
});

describe('ablations', function () {
  this.timeout(20_000);

  it('put the mean of the sample, or its value, in the place of what is ablated and of nothing else', async () => {
    const model = await embeddedModel();
    const ids = read(model, 'def area(width, height):\n    return width *');
    const hook = 'blocks.1.mlp.hook_post';
    const { hooks: clean } = await model.forward({ ids: [ids], hooks: [hook], logits: 'none' });
    const neurons = clean.get(hook)!.dims[2]!;
    for (const kind of ['mean', 'resample'] as const) {
      const plan = { length: ids.length, prompt: ids.length };
      const interventions = await interventionsOf(model, [[change(`L1N5[2,-1]=${kind}`)]], plan);
      const { hooks } = await model.forward({ ids: [ids], hooks: [hook], interventions, logits: 'none' });
      const sample = hookOf(await sampleValues(model, [hook], kind, ids.length), hook);
      for (const [index, value] of hooks.get(hook)!.data.entries()) {
        const [position, neuron] = [Math.floor(index / neurons), index % neurons];
        const ablated = neuron === 5 && (position === 2 || position === ids.length - 1);
        const at = kind === 'mean' ? neuron : index;
        assert.equal(value, ablated ? sample.data[at] : clean.get(hook)!.data[index]);
      }
    }
  });

  it('mean is the mean over the positions of the sample, which resampling goes round', async () => {
    const model = await embeddedModel();
    const hook = 'blocks.1.mlp.hook_post';
    const round = hookOf(await sampleValues(model, [hook], 'resample', 1000), hook);
    const size = round.dims[2]!;
    const row = (at: number) => round.data.subarray(at * size, (at + 1) * size);
    const begins = (at: number) => row(at).every((value, i) => value === round.data[i]);
    const period = Array.from({ length: 900 }, (_, at) => at).findIndex((at) => at > 0 && begins(at));
    assert.ok(period > 100, `${period}`);
    const sums = new Float64Array(size);
    for (let at = 0; at < period; at++)
      for (const [i, value] of row(at).entries()) sums[i]! += value / period;
    const mean = hookOf(await sampleValues(model, [hook], 'mean', 1), hook);
    assert.ok(relativeError(mean.data, sums) <= 1e-5);
  });

  it('computes a mean once for each model', async () => {
    const model = await embeddedModel();
    const hook = 'blocks.2.mlp.hook_post';
    const first = (await sampleValues(model, [hook], 'mean', 1)).get(hook);
    assert.equal((await sampleValues(model, [hook], 'mean', 9)).get(hook), first);
  });
});
