import { type RotaryTable, rotaryTable } from './operations/rotary';
import type { RotaryScaling } from './operations/rotaryScaling';
import type { Fields, Settings } from './settings';

export interface RotaryDefaults {
  readonly theta?: number;
  /** The part of a head's dimensions that turns. */
  readonly part?: number;
  readonly pairs?: RotaryTable['pairs'];
  /** Name of the table where a model has several. */
  readonly name?: string;
  /** The kind of layer whose parameters are meant, where `rope_parameters` has them by kind. */
  readonly layers?: 'full_attention' | 'sliding_attention';
}

/**
 * The rotary table of a configuration in either spelling: `rope_theta` and `rope_scaling` as transformers 4 writes
 * them, or both inside `rope_parameters` as version 5 does.
 */
export function rotaryOf(s: Settings, headSize: number, defaults: RotaryDefaults = {}): RotaryTable {
  const { name = 'full', pairs = 'halves', layers = 'full_attention' } = defaults;
  const outer = s.group('rope_parameters');
  const given = layers in outer ? s.within(outer).group(layers) : outer;
  const fields: Fields = { ...s.group('rope_scaling'), ...given };
  const inside = s.within(fields);
  const theta = inside.positive('rope_theta', s.positive('rope_theta', defaults.theta ?? 10_000));
  const part = inside.number('partial_rotary_factor', s.number('partial_rotary_factor', defaults.part ?? 1));
  const width = Math.trunc(headSize * part);
  if (width < 2 || width > headSize || width % 2 !== 0) {
    throw s.unsupported(`${width} of ${headSize} dimensions of a head rotated`);
  }
  return rotaryTable(name, width, theta, pairs, scalingOf(s, inside, fields, width));
}

/** Positions a model reads: more than it was trained on where its angles grow with the text. */
export function contextOf(s: Settings, otherwise: number): number {
  const trained = s.count('max_position_embeddings', otherwise);
  const fields = { ...s.group('rope_scaling'), ...s.group('rope_parameters') };
  if ((fields.rope_type ?? fields.type) !== 'dynamic') return trained;
  return Math.trunc(trained * s.within(fields).positive('factor'));
}

function scalingOf(s: Settings, given: Settings, fields: Fields, width: number): RotaryScaling {
  const kind = fields.rope_type ?? fields.type ?? 'default';
  const context = () => s.count('max_position_embeddings');
  const trained = () =>
    given.optionalCount('original_max_position_embeddings') ??
    s.optionalCount('original_max_position_embeddings') ??
    context();
  switch (kind) {
    case 'default':
      return { kind: 'none' };
    case 'linear':
      return { kind: 'linear', factor: given.positive('factor') };
    case 'dynamic':
      return { kind: 'dynamic', factor: given.positive('factor'), trained: context() };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: given.positive('factor'),
        lowFactor: given.positive('low_freq_factor'),
        highFactor: given.positive('high_freq_factor'),
        trained: trained(),
      };
    case 'yarn': {
      const factor = given.optionalNumber('factor') ?? context() / trained();
      return {
        kind: 'yarn',
        factor,
        trained: trained(),
        fast: given.number('beta_fast', 32),
        slow: given.number('beta_slow', 1),
        whole: given.flag('truncate', true),
        attention: given.optionalNumber('attention_factor') ?? yarnAttention(given, factor),
      };
    }
    // The first Phi-3 configurations call it by the names of its drafts.
    case 'longrope':
    case 'su': {
      const factor = given.optionalNumber('factor') ?? context() / trained();
      const stretched = Math.sqrt(1 + Math.log(factor) / Math.log(trained()));
      return {
        kind: 'longrope',
        short: divisors(given, 'short_factor', width / 2),
        long: divisors(given, 'long_factor', width / 2),
        trained: trained(),
        attention: given.optionalNumber('attention_factor') ?? (factor <= 1 ? 1 : stretched),
      };
    }
    default:
      throw s.unsupported(`rotary scaling of the kind ${JSON.stringify(kind)}`);
  }
}

/** How much hotter YaRN makes attention: 0.1 · ln(factor) + 1, or the ratio of two such terms. */
function yarnAttention(given: Settings, factor: number): number {
  const heat = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const own = given.optionalNumber('mscale');
  const all = given.optionalNumber('mscale_all_dim');
  return own && all ? heat(own) / heat(all) : heat(1);
}

function divisors(given: Settings, name: string, count: number): readonly number[] {
  const list = given.numbers(name);
  if (list.length === count) return list;
  throw given.unsupported(`${list.length} numbers in ${name} for ${count} rotated pairs`);
}
