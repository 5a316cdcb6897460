import type { Architecture } from '../architecture';
import type { Builder } from '../builder';
import { rotaryTable } from '../operations/rotary';
import type { Settings } from '../settings';
import type { Value } from '../stage';

/** Llama (Touvron et al. 2023) and what shares its shape: SmolLM2, TinyLlama, Code Llama, DeepSeek-Coder, Yi. */
export function llama(settings: Settings): Architecture {
  const layers = settings.count('num_hidden_layers');
  const hiddenSize = settings.count('hidden_size');
  const heads = settings.count('num_attention_heads');
  const keyHeads = settings.count('num_key_value_heads', heads);
  settings.divide('num_attention_heads', keyHeads, 'num_key_value_heads');
  const headSize =
    settings.optionalCount('head_dim') ?? settings.divide('hidden_size', heads, 'num_attention_heads');
  const neurons = settings.count('intermediate_size');
  const vocabularySize = settings.count('vocab_size');
  const act = settings.text('hidden_act', 'silu');
  const epsilon = settings.number('rms_norm_eps', 1e-6);
  const attentionBias = settings.flag('attention_bias', false);
  const mlpBias = settings.flag('mlp_bias', false);
  const tied = settings.flag('tie_word_embeddings', false);
  const table = rotaryTable('full', headSize, settings.rotaryTheta(), 'halves');

  const embedding = 'model.embed_tokens.weight';
  const linear = (b: Builder, x: Value, name: string, outputs: number, biased: boolean) =>
    b.linear(x, { weight: `${name}.weight`, outputs, bias: biased ? `${name}.bias` : undefined });
  const norm = (b: Builder, x: Value, name: string, weight: string) =>
    b.norm(x, { name, kind: 'rms', weight: `${weight}.weight`, epsilon });

  return {
    layers,
    heads,
    hiddenSize,
    vocabularySize,
    contextLength: settings.count('max_position_embeddings', 2048),
    hasMlp: true,

    embed: (b, ids) => b.hook('hook_embed', b.embed(ids, embedding, vocabularySize, hiddenSize)),

    block(b, input, layer) {
      const at = `model.layers.${layer}`;
      const name = `blocks.${layer}`;
      const project = (x: Value, part: string, count: number) =>
        b.splitHeads(
          linear(b, x, `${at}.self_attn.${part}`, count * headSize, attentionBias),
          count,
          headSize,
        );

      const before = b.hook(`${name}.hook_resid_pre`, input);
      const read = norm(b, b.branch(before), `${name}.ln1`, `${at}.input_layernorm`);
      const q = b.hook(`${name}.attn.hook_q`, project(read, 'q_proj', heads));
      const k = b.hook(`${name}.attn.hook_k`, project(read, 'k_proj', keyHeads));
      const v = b.hook(`${name}.attn.hook_v`, project(read, 'v_proj', keyHeads));
      const z = b.attention(
        b.hook(`${name}.attn.hook_rot_q`, b.rotary(q, table)),
        b.hook(`${name}.attn.hook_rot_k`, b.rotary(k, table)),
        v,
        { name: `${name}.attn`, scale: headSize ** -0.5, window: null },
      );
      const attended = linear(b, b.mergeHeads(z), `${at}.self_attn.o_proj`, hiddenSize, attentionBias);
      const between = b.hook(
        `${name}.hook_resid_mid`,
        b.add(before, b.hook(`${name}.hook_attn_out`, attended)),
      );

      const seen = norm(b, b.branch(between), `${name}.ln2`, `${at}.post_attention_layernorm`);
      const gate = b.hook(`${name}.mlp.hook_pre`, linear(b, seen, `${at}.mlp.gate_proj`, neurons, mlpBias));
      const up = b.hook(
        `${name}.mlp.hook_pre_linear`,
        linear(b, seen, `${at}.mlp.up_proj`, neurons, mlpBias),
      );
      const post = b.hook(`${name}.mlp.hook_post`, b.product(b.activation(gate, act), up));
      const written = linear(b, post, `${at}.mlp.down_proj`, hiddenSize, mlpBias);
      return b.hook(`${name}.hook_resid_post`, b.add(between, b.hook(`${name}.hook_mlp_out`, written)));
    },

    head: (b, x) =>
      b.linear(norm(b, x, 'ln_final', 'model.norm'), {
        weight: tied ? embedding : 'lm_head.weight',
        outputs: vocabularySize,
      }),
  };
}
