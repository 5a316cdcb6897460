/** Identifies the exact function that was computed: the same identity gives the same numbers. */
export interface ModelIdentity {
  /** What people call it: the folder's or file's name. */
  readonly id: string;
  /** SHA-256 over the weight files and the configuration, as hex. */
  readonly sha256: string;
  /** As in `config.json`: `LlamaForCausalLM`. */
  readonly architecture: string;
  readonly parameters: number;
  readonly precision: 'fp32';
}

/** The identity in a longer description. */
export function identityOf({
  id,
  sha256,
  architecture,
  parameters,
  precision,
}: ModelIdentity): ModelIdentity {
  return { id, sha256, architecture, parameters, precision };
}

/** The sizes of a model. */
export interface ModelShape {
  readonly layers: number;
  readonly heads: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** Tokens of context the model was made for. */
  readonly contextLength: number;
  /** False for attention-only models, whose absent MLPs are never reported as zeros. */
  readonly hasMlp: boolean;
  /** Of an MLP; 0 for models without. */
  readonly neurons: number;
}

/** A loaded model, as the status item and the panels describe it. */
export interface ModelInfo extends ModelIdentity, ModelShape {
  /** Absolute path of the folder or file it was read from. */
  readonly path: string;
  /** A sentence on why it runs slowly on this machine; null where it does not. */
  readonly warning: string | null;
}

/** A model found on this machine, not loaded. */
export interface FoundModel {
  readonly id: string;
  readonly path: string;
  /** Where it was found: the extension itself, a folder the user named, or the program that fetched it. */
  readonly origin: 'embedded' | 'folder' | 'huggingface' | 'ollama' | 'lmstudio' | 'llamacpp' | 'gpt4all';
  /** On the disk. */
  readonly bytes: number;
  readonly architecture: string;
  /** Bytes that it takes to run on a text of 512 tokens; null where that cannot be told. */
  readonly memoryNeeded: number | null;
  /** Whether so much memory was free when it was found; null where `memoryNeeded` is. */
  readonly fits: boolean | null;
  /** Null when Whence can load it, otherwise one sentence saying why not. */
  readonly problem: string | null;
}

export type HeadRole = 'previous' | 'duplicate' | 'induction' | 'copying';

/** A head plays a role when its score reaches this; docs/methods.md says what each means. */
export const roleThresholds: Readonly<Record<HeadRole, number>> = {
  previous: 0.4,
  duplicate: 0.4,
  induction: 0.4,
  copying: 0.8,
};

/**
 * How strongly one attention head plays each role, measured once per model (methods in docs/methods.md).
 * Each score is in [0, 1] but copying, which is in [-1, 1].
 */
export interface HeadScores {
  readonly layer: number;
  readonly head: number;
  /** Mean attention to the token before (on random tokens). */
  readonly previous: number;
  /** Mean attention to an earlier occurrence of the same token (on repeated random tokens). */
  readonly duplicate: number;
  /** Mean attention to the token after an earlier occurrence of the current one; Olsson et al. 2022. */
  readonly induction: number;
  /** How far the head's output-value circuit raises the logit of the token it reads; Elhage et al. 2021. */
  readonly copying: number;
  /** The roles whose score passes its threshold, strongest first. */
  readonly roles: readonly HeadRole[];
}

/** `L3H2`: the name people read for head 2 of layer 3, both counted from 0. */
export function headName(layer: number, head: number): string {
  return `L${layer}H${head}`;
}

/** `L3MLP`. */
export function mlpName(layer: number): string {
  return `L${layer}MLP`;
}

/** `L3N118`. */
export function neuronName(layer: number, neuron: number): string {
  return `L${layer}N${neuron}`;
}
