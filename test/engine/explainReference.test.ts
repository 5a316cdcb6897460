import assert from 'node:assert/strict';
import { explain } from '../../src/engine/explain/explain';
import { type ReferenceCheckpoint, readCheckpoint } from '../reference/checkpoint';
import { relativeError } from '../reference/compare';
import { type ReferenceRun, runLlama } from '../reference/llama';
import { embeddedModel, embeddedPath, read } from './support/embedded';

const text = 'def area(width, height):\n    """The area of a rectangle."""\n    return width * ';

/** Direct logit attribution from raw weights in float64, by its definition; shares nothing with the engine. */
function attribute({ config, tensors }: ReferenceCheckpoint, { hooks }: ReferenceRun, metric: Float64Array) {
  const {
    hidden_size: width,
    head_dim: size,
    num_attention_heads: heads,
    num_key_value_heads: keyHeads,
  } = config;
  const weight = (name: string) => tensors.get(`${name}.weight`)!.data;
  const hook = (name: string) => hooks.get(name)!.data;
  const length = hook('hook_embed').length / width;
  const query = length - 1;
  const scale = hook('ln_final.hook_scale')[query]!;
  const unembedding = weight(config.tie_word_embeddings ? 'model.embed_tokens' : 'lm_head');
  const direction = Float64Array.from({ length: width }, (_, i) => {
    let total = 0;
    for (const [id, value] of metric.entries()) total += value * unembedding[id * width + i]!;
    return (total * weight('model.norm')[i]!) / scale;
  });

  const components = new Map<string, number>();
  const sources = new Float64Array(length);
  const written = (name: string) => {
    const row = hook(name).subarray(query * width, (query + 1) * width);
    return row.reduce((total, value, i) => total + value * direction[i]!, 0);
  };
  components.set('embed', written('hook_embed'));
  sources[query] = components.get('embed')!;
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const output = weight(`model.layers.${layer}.self_attn.o_proj`);
    const values = hook(`blocks.${layer}.attn.hook_v`);
    const pattern = hook(`blocks.${layer}.attn.hook_pattern`);
    for (let head = 0; head < heads; head++) {
      let total = 0;
      for (let key = 0; key < length; key++) {
        const value = (key * keyHeads + Math.floor((head * keyHeads) / heads)) * size;
        let share = 0;
        for (let i = 0; i < width; i++) {
          let row = 0;
          for (let j = 0; j < size; j++)
            row += output[i * heads * size + head * size + j]! * values[value + j]!;
          share += direction[i]! * row;
        }
        share *= pattern[(head * length + query) * length + key]!;
        sources[key]! += share;
        total += share;
      }
      components.set(`L${layer}H${head}`, total);
    }
    components.set(`L${layer}MLP`, written(`blocks.${layer}.hook_mlp_out`));
  }
  return { components, sources };
}

describe('direct attribution against its definition in float64', () => {
  for (const [what, contrast] of [
    ['the logit minus the mean', null],
    ['the difference to a contrast', ' width'],
  ] as const) {
    it(`agrees within 1e-4 for ${what}`, async function () {
      this.timeout(20_000);
      const model = await embeddedModel();
      const ids = read(model, text);
      const params = {
        ids,
        position: ids.length,
        target: 'height',
        contrast,
        verify: false,
        method: 'direct' as const,
      };
      const explanation = await explain(model, params);
      const checkpoint = readCheckpoint(embeddedPath);
      const { vocabularySize } = model.info;
      const metric = new Float64Array(vocabularySize).fill(contrast === null ? -1 / vocabularySize : 0);
      metric[explanation.target.id]! += 1;
      if (explanation.contrast) metric[explanation.contrast.id]! -= 1;
      const expected = attribute(checkpoint, runLlama(checkpoint, ids), metric);

      assert.deepEqual(
        new Set(explanation.components.map(({ name }) => name)),
        new Set(expected.components.keys()),
      );
      const direct = explanation.components.map((component) => component.direct);
      const reference = explanation.components.map(({ name }) => expected.components.get(name)!);
      assert.ok(relativeError(Float64Array.from(direct), Float64Array.from(reference)) <= 1e-4);
      const scores = Float64Array.from(explanation.sources, ({ score }) => score);
      assert.ok(relativeError(scores, expected.sources) <= 1e-4);
    });
  }
});
