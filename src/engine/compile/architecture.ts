import { WhenceError } from '../../core/errors';
import type { ModelShape } from '../../core/model';
import type { Checkpoint } from '../checkpoint/checkpoint';
import { gemma, gemma2, gemma3, gemma3WithEyes } from './architectures/gemma';
import { gpt2, gptBigCode } from './architectures/gpt2';
import { codegen, gptj } from './architectures/gptj';
import { gptNeox } from './architectures/gptNeox';
import { granite, llama } from './architectures/llama';
import { mistral } from './architectures/mistral';
import { mpt } from './architectures/mpt';
import { olmo, olmo2 } from './architectures/olmo';
import { phi, phi3 } from './architectures/phi';
import { qwen2, qwen3 } from './architectures/qwen';
import { smollm3 } from './architectures/smollm3';
import { stablelm } from './architectures/stablelm';
import { starcoder2 } from './architectures/starcoder2';
import { whenceTest } from './architectures/whenceTest';
import type { Builder } from './builder';
import { Settings } from './settings';
import type { Value } from './stage';

/** A model described over the operations, for one checkpoint: sizes, and the three kinds of stage. */
export interface Architecture extends ModelShape {
  /** Token ids [B, S] to the residual stream [B, S, D] that enters the first block. */
  embed(builder: Builder, ids: Value): Value;
  /** The residual stream through one block. */
  block(builder: Builder, x: Value, layer: number): Value;
  /** The residual stream after the last block to logits [B, S, V]. */
  head(builder: Builder, x: Value): Value;
}

/** Reads a configuration; throws `model-unsupported` for what would change the function and is not supported. */
export type Describe = (settings: Settings) => Architecture;

/** By the name in `architectures` of config.json. */
const known: Readonly<Record<string, Describe>> = {
  CodeGenForCausalLM: codegen,
  Gemma2ForCausalLM: gemma2,
  Gemma3ForCausalLM: (settings) => gemma3(settings),
  Gemma3ForConditionalGeneration: gemma3WithEyes,
  GemmaForCausalLM: gemma,
  GPT2LMHeadModel: gpt2,
  GPTBigCodeForCausalLM: gptBigCode,
  GPTJForCausalLM: gptj,
  GPTNeoXForCausalLM: gptNeox,
  GraniteForCausalLM: granite,
  LlamaForCausalLM: llama,
  MistralForCausalLM: mistral,
  MptForCausalLM: mpt,
  Olmo2ForCausalLM: olmo2,
  OlmoForCausalLM: olmo,
  Phi3ForCausalLM: phi3,
  PhiForCausalLM: phi,
  Qwen2ForCausalLM: qwen2,
  Qwen3ForCausalLM: qwen3,
  SmolLM3ForCausalLM: smollm3,
  StableLmForCausalLM: stablelm,
  Starcoder2ForCausalLM: starcoder2,
  WhenceTestForCausalLM: whenceTest,
};

/** The name under which a configuration says how it is to be run. */
export function architectureName(config: Checkpoint['config']): string {
  const names = config.architectures;
  return Array.isArray(names) && typeof names[0] === 'string' ? names[0] : 'unknown';
}

/** The description of a checkpoint's architecture. */
export function describe({
  path,
  config,
  tensors,
}: Pick<Checkpoint, 'path' | 'config' | 'tensors'>): Architecture {
  const name = architectureName(config);
  const architecture = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!architecture) {
    throw new WhenceError(
      'model-unsupported',
      `${path} is a model of the architecture ${name}, which Whence does not know; it knows ${Object.keys(known).join(', ')}.`,
    );
  }
  const settings = new Settings(path, config, tensors);
  const described = architecture(settings);
  settings.checkRead();
  return described;
}
