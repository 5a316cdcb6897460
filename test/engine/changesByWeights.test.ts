import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChangedPart } from '../../src/core/change/change';
import { changedLogits } from '../../src/engine/change/logits';
import { openCheckpoint } from '../../src/engine/checkpoint/checkpoint';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';
import { relativeError } from '../reference/compare';
import { readTensors } from './support/golden';

const fixtures = join('test', 'fixtures', 'checkpoints');
const { checkpoints } = JSON.parse(readFileSync(join(fixtures, 'index.json'), 'utf8')) as {
  readonly checkpoints: readonly { readonly name: string }[];
};

/** The matrices that heads and neurons of the first block write through, by the names that architectures give them. */
const headOutput =
  /(?:layers|h|blocks)\.0\.(?:self_attn\.(?:o_proj|dense)|attn\.(?:c_proj|out_proj)|attention\.dense)\.weight$/;
const neuronOutput =
  /(?:layers|h|blocks)\.0\.(?:mlp|ffn)\.(?:down_proj|c_proj|fc_out|dense_4h_to_h|fc2)\.weight$/;

/** What a part writes is nothing when the columns that it is multiplied by are zero: what is on disk says so as well. */
describe('a part set to zero, and the same part with its weights zeroed on disk', function () {
  this.timeout(20_000);
  const folders: string[] = [];
  const models: Model[] = [];
  afterEach(async () => {
    for (const model of models.splice(0)) await model.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  async function load(folder: string): Promise<Model> {
    const model = await loadModel(folder, { threads: 1, tokenizer: false });
    models.push(model);
    return model;
  }

  /** The model with the input columns `from` up to `to` of a matrix zeroed, bytes of any float type being zero alike. */
  async function without(folder: string, matrix: RegExp, from: number, to: number): Promise<Model> {
    const copy = mkdtempSync(join(tmpdir(), 'whence-zeroed-'));
    folders.push(copy);
    cpSync(folder, copy, { recursive: true });
    const { tensors } = await openCheckpoint(folder);
    const found = [...tensors.values()].filter(({ name }) => matrix.test(name));
    assert.equal(found.length, 1, [...tensors.keys()].join(' '));
    const { shape, offset, bytes } = found[0]!;
    const path = join(copy, 'model.safetensors');
    const file = readFileSync(path);
    // GPT-2 stores its matrices with the inputs as rows; all others have them as columns.
    const [outputs, inputs] = /gpt2/.test(folder) ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
    const each = bytes / (outputs * inputs);
    for (let output = 0; output < outputs; output++) {
      for (let input = from; input < to; input++) {
        const at = /gpt2/.test(folder) ? input * outputs + output : output * inputs + input;
        file.fill(0, offset + at * each, offset + (at + 1) * each);
      }
    }
    writeFileSync(path, file);
    return load(copy);
  }

  for (const { name } of checkpoints) {
    it(`${name}: a head and a neuron`, async () => {
      const folder = join(fixtures, name);
      const ids = [...readTensors(join(folder, 'golden.safetensors')).get('input_ids')!.data];
      const model = await load(folder);
      const size = model.hookShapes.get('blocks.0.attn.hook_z')![3] as number;
      const said = async (of: Model) =>
        (await of.forward({ ids: [ids], hooks: [], logits: [ids.length - 1] })).logits!.data;
      const plain = await said(model);
      const cases: readonly [ChangedPart, RegExp, number, number][] = [
        [{ kind: 'head', layer: 0, head: 1 }, headOutput, size, 2 * size],
        [{ kind: 'neuron', layer: 0, neuron: 3 }, neuronOutput, 3, 4],
      ];
      for (const [part, matrix, from, to] of cases) {
        const zeroed = { part, positions: 'all', how: { kind: 'zero' } } as const;
        const [changed] = await changedLogits(model, ids, [[zeroed]]);
        const expected = await said(await without(folder, matrix, from, to));
        assert.ok(relativeError(changed!, expected) <= 1e-5, part.kind);
        assert.ok(relativeError(changed!, plain) > 1e-6, `the ${part.kind} matters`);
      }
    });
  }
});
