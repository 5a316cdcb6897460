import { activation, fusedActivation } from './operations/activation';
import * as attention from './operations/attention';
import { clamp, softCap } from './operations/cap';
import * as elementwise from './operations/elementwise';
import { fusedAttention, fusedNorm, fusedRotary } from './operations/fused';
import { headGain } from './operations/headGain';
import * as linear from './operations/linear';
import { linearBias } from './operations/linearBias';
import * as norm from './operations/norm';
import { positionEmbed } from './operations/position';
import { type RotaryTable, rotary } from './operations/rotary';
import { slice } from './operations/slice';
import type { Fusion, Operation, Restore, Stage, Step, Value } from './stage';
import type { Weights } from './weights';

export interface Norm {
  /** Prefix of its hooks: `blocks.0.ln1`. */
  readonly name: string;
  readonly kind: 'rms' | 'layer';
  readonly epsilon: number;
  /** Tensor of the gain, [D]; null for norms without one. */
  readonly weight: string | null;
  readonly bias?: string;
  /** 1 where the stored gain is the distance from 1. */
  readonly offset?: 0 | 1;
}

export interface Linear {
  readonly weight: string;
  readonly outputs: number;
  readonly bias?: string;
  readonly layout?: linear.Layout;
}

export interface Attention {
  /** Prefix of its hooks: `blocks.0.attn`. */
  readonly name: string;
  /** Factor of the scores, as a rule 1/√d. */
  readonly scale: number;
  /** How many positions back a query sees, itself included; null for all. */
  readonly window: number | null;
  /** Scores are held softly within ±cap. */
  readonly cap?: number | null;
  /** By head, how much a score falls with every position further back. */
  readonly slopes?: readonly number[] | undefined;
}

/**
 * Records one stage of a model as it is described. Its methods read like the model; each takes and gives values, and
 * checks the tensors it names against the checkpoint.
 */
export class Builder {
  private readonly steps: Step[] = [];
  private readonly hooks = new Map<string, Value>();
  private readonly fusions = new Map<Value, Fusion>();
  private parameters = 0;

  private constructor(private readonly weights: Weights) {}

  /** The stage that `describe` makes of its input. */
  static stage(weights: Weights, input: Value, describe: (builder: Builder, x: Value) => Value): Stage {
    const builder = new Builder(weights);
    const output = describe(builder, input);
    const { steps, hooks, fusions, parameters } = builder;
    return { input, steps, output, hooks, fusions, parameters };
  }

  apply(operation: Operation, ...inputs: readonly Value[]): Value {
    const output: Value = { dims: operation.shape(inputs.map(({ dims }) => dims)), kind: 'number' };
    this.steps.push({ operation, inputs, output });
    return output;
  }

  /** Names a value: from here on it can be read, changed, and asked for its gradient. */
  hook(name: string, input: Value, restore: Restore | null = null): Value {
    const output: Value = { dims: input.dims, kind: 'number' };
    this.steps.push({ hook: name, restore, input, output });
    this.hooks.set(name, output);
    return output;
  }

  /** Token ids [B, S] to rows of the embedding [B, S, size]. */
  embed(ids: Value, weight: string, vocabulary: number, size: number): Value {
    this.check(weight, [vocabulary, size]);
    return this.apply(linear.embed(weight, vocabulary, size), ids);
  }

  /** Learned positions of token ids [B, S], [B, S, size]. */
  positions(ids: Value, weight: string, count: number, size: number): Value {
    this.check(weight, [count, size]);
    return this.apply(positionEmbed(weight, count, size), ids);
  }

  linear(x: Value, { weight, outputs, bias, layout = 'outIn' }: Linear): Value {
    const inputs = Number(x.dims.at(-1));
    this.check(weight, layout === 'outIn' ? [outputs, inputs] : [inputs, outputs]);
    const product = this.apply(linear.linear(weight, outputs, layout), x);
    return bias === undefined ? product : this.bias(product, bias);
  }

  /**
   * A norm with its hooks. As in TransformerLens `hook_scale` is the denominator, and `hook_normalized` is the result
   * of a layer norm but what a root-mean-square norm gives before its gain.
   */
  norm(x: Value, description: Norm): Value {
    const { kind, epsilon, weight, bias, offset = 0 } = description;
    const output = this.normSteps(x, description);
    if (weight === null) return output;
    return this.fusing(output, [x], fusedNorm(kind, epsilon, weight, offset, bias));
  }

  private normSteps(x: Value, { name, kind, epsilon, weight, bias, offset = 0 }: Norm): Value {
    const centred = kind === 'layer' ? this.apply(norm.center, x) : x;
    const scale = this.hook(`${name}.hook_scale`, this.apply(norm.denominator(epsilon), centred));
    const normalized = this.apply(norm.quotient, centred, scale);
    if (kind === 'rms') return this.gain(this.hook(`${name}.hook_normalized`, normalized), weight, offset);
    const scaled = this.gain(normalized, weight, offset);
    return this.hook(`${name}.hook_normalized`, bias === undefined ? scaled : this.bias(scaled, bias));
  }

  /** A gain of its own for every head of [B, S, n, d]. */
  headGain(x: Value, weights: readonly string[]): Value {
    for (const weight of weights) this.check(weight, [Number(x.dims.at(-1))]);
    return this.apply(headGain(weights), x);
  }

  /** A part of the last dimension. */
  slice(x: Value, start: number, end: number): Value {
    return this.apply(slice(start, end), x);
  }

  softCap(x: Value, cap: number): Value {
    return this.apply(softCap(cap), x);
  }

  /** x held within ±limit. */
  clamp(x: Value, limit: number): Value {
    return this.apply(clamp(limit), x);
  }

  /** [B, S, count · size] as [B, S, count, size]. */
  splitHeads(x: Value, count: number, size: number): Value {
    return this.apply(linear.splitHeads(count, size), x);
  }

  mergeHeads(x: Value): Value {
    return this.apply(linear.mergeHeads, x);
  }

  rotary(x: Value, table: RotaryTable): Value {
    return this.fusing(this.apply(rotary(table), x), [x], fusedRotary(table));
  }

  /**
   * Causal attention of queries [B, S, H, d] over keys and values [B, S, K, d], each key head shared by H/K query heads.
   * Gives what the heads read, [B, S, H, d], at `hook_z`.
   */
  attention(q: Value, k: Value, v: Value, { name, scale, window, cap = null, slopes }: Attention): Value {
    const allKeys = this.apply(attention.remember(`${name}.k`), k);
    const allValues = this.apply(attention.remember(`${name}.v`), v);
    const keys = this.apply(linear.swapHeads, allKeys);
    const values = this.apply(linear.swapHeads, allValues);
    const raw = this.apply(attention.scores(scale), this.apply(linear.swapHeads, q), keys);
    const capped = cap ? this.softCap(raw, cap) : raw;
    const fallen = slopes ? this.apply(linearBias(slopes), capped) : capped;
    const masked = this.apply(attention.mask(window), fallen);
    const scores = this.hook(`${name}.hook_attn_scores`, masked, attention.restoreMask(window));
    const pattern = this.hook(`${name}.hook_pattern`, this.apply(attention.softmax, scores));
    const z = this.hook(
      `${name}.hook_z`,
      this.apply(linear.swapHeads, this.apply(attention.mix, pattern, values)),
    );
    const fused = fusedAttention({ scale, window, cap, slopes });
    return this.fusing(z, [q, allKeys, allValues], fused);
  }

  /** An activation by its name in `hidden_act`. */
  activation(z: Value, name: string): Value {
    const output = this.apply(activation(name), z);
    const fused = fusedActivation(name);
    return fused ? this.fusing(output, [z], fused) : output;
  }

  /** A gate times what it lets through. */
  product(a: Value, b: Value): Value {
    return this.apply(elementwise.product, a, b);
  }

  add(a: Value, b: Value): Value {
    return this.apply(elementwise.sum, a, b);
  }

  scale(x: Value, factor: number): Value {
    return factor === 1 ? x : this.apply(elementwise.multiple(factor), x);
  }

  /** The residual stream as a branch reads it: the only way from it into attention or MLP. */
  branch(x: Value): Value {
    return this.apply(elementwise.branch, x);
  }

  /** Says that one operator of the runtime gives the output at once. */
  private fusing(output: Value, inputs: readonly Value[], emit: Fusion['emit']): Value {
    this.fusions.set(output, { inputs, emit });
    return output;
  }

  private gain(x: Value, weight: string | null, offset: 0 | 1): Value {
    if (weight === null) return x;
    this.check(weight, [Number(x.dims.at(-1))]);
    return this.apply(norm.gain(weight, offset), x);
  }

  private bias(x: Value, weight: string): Value {
    this.check(weight, [Number(x.dims.at(-1))]);
    return this.apply(norm.bias(weight), x);
  }

  private check(name: string, shape: readonly number[]): void {
    this.weights.find(name, shape);
    this.parameters += shape.reduce((product, size) => product * size, 1);
  }
}
