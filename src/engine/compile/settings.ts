import { WhenceError } from '../../core/errors';
import type { Checkpoint } from '../checkpoint/checkpoint';

export type Fields = Readonly<Record<string, unknown>>;

/** Names of fields that look as if they changed what a model computes. */
const telling =
  /scal|multipl|capping|window|bias|norm|clip|alibi|expert|moe|rope|rotary|position|quant|layer_types|parallel|bidirectional/;

/** Fields with such names that change nothing, and those that several architectures have but only some look at. */
const harmless = new Set([
  ...['_sliding_window_pattern', 'scale_attention_softmax_in_fp32', 'max_window_layers'],
  ...['original_max_position_embeddings', 'rms_norm_eps', 'layer_norm_eps', 'norm_epsilon'],
]);

/**
 * The fields of a config.json, read by kind; what is missing, malformed or unsupported is named. Fields that nobody
 * reads are looked at in the end: see `checkRead`.
 */
export class Settings {
  private readonly fields: Fields;
  private readonly read = new Set<string>();

  constructor(
    private readonly path: string,
    private readonly stored: Fields,
    private readonly tensors: Checkpoint['tensors'],
  ) {
    this.fields = new Proxy(stored, {
      get: (target, name) => {
        this.read.add(String(name));
        return Object.hasOwn(target, name) ? target[String(name)] : undefined;
      },
    });
  }

  /** Throws `model-unsupported` for a field that nobody has read although it seems to change what the model computes. */
  checkRead(): void {
    for (const [name, value] of Object.entries(this.stored)) {
      if (this.read.has(name) || harmless.has(name) || !telling.test(name)) continue;
      if (value == null || value === false || value === 0) continue;
      if (name === 'layer_types' && this.texts(name).every((type) => type === 'full_attention')) continue;
      throw this.unsupported(`${name}: ${JSON.stringify(value).slice(0, 80)}`);
    }
  }

  hasTensor(name: string): boolean {
    return this.tensors.has(name);
  }

  /** A whole number from 1; without a default the field must be there. A null counts as missing. */
  count(name: string, otherwise?: number): number {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    throw this.malformed(name, 'a whole number above 0', value);
  }

  /** The same, or undefined where the field is missing or null. */
  optionalCount(name: string): number | undefined {
    return this.fields[name] == null ? undefined : this.count(name);
  }

  /** A number, or undefined where the field is missing or null. */
  optionalNumber(name: string): number | undefined {
    return this.fields[name] == null ? undefined : this.number(name);
  }

  number(name: string, otherwise?: number): number {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.malformed(name, 'a number', value);
  }

  /** A number above 0. */
  positive(name: string, otherwise?: number): number {
    const value = this.number(name, otherwise);
    if (value > 0) return value;
    throw this.malformed(name, 'a number above 0', value);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    throw this.malformed(name, 'true or false', value);
  }

  text(name: string, otherwise?: string): string {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'string') return value;
    throw this.malformed(name, 'a string', value);
  }

  /** A string, or undefined where the field is missing or null. */
  optionalText(name: string): string | undefined {
    return this.fields[name] == null ? undefined : this.text(name);
  }

  /** Refuses a configuration in which a field that changes the function has any value but the given one. */
  expect(name: string, supported: unknown): void {
    const value = this.fields[name] ?? supported;
    if (value !== supported) throw this.unsupported(`${name}: ${JSON.stringify(value)}`);
  }

  unsupported(what: string): WhenceError {
    return new WhenceError(
      'model-unsupported',
      `The configuration of ${this.path} has ${what}, which Whence does not support; it would compute another function.`,
    );
  }

  /** A division that has to come out even: heads of a hidden size, query heads of a key head. */
  divide(name: string, by: number, what: string): number {
    const value = this.count(name);
    if (value % by === 0) return value / by;
    throw new WhenceError(
      'model-broken',
      `In the config.json of ${this.path}, ${name} (${value}) is not divisible by ${what} (${by}).`,
    );
  }

  /** The fields of an object, none where it is missing or null. */
  group(name: string): Fields {
    const value = this.fields[name] ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
    throw this.malformed(name, 'an object', value);
  }

  /** A list of strings, or undefined where the field is missing or null. */
  optionalTexts(name: string): readonly string[] | undefined {
    return this.fields[name] == null ? undefined : this.texts(name);
  }

  private texts(name: string): readonly string[] {
    const value = this.fields[name];
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw this.malformed(name, 'a list of strings', value);
  }

  numbers(name: string): readonly number[] {
    const value = this.fields[name];
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'number' && entry > 0)) return value;
    throw this.malformed(name, 'a list of numbers above 0', value);
  }

  /** A list of zeros and ones, or undefined where the field is missing or null. */
  optionalBits(name: string): readonly number[] | undefined {
    const value = this.fields[name];
    if (value == null) return undefined;
    if (Array.isArray(value) && value.every((entry) => entry === 0 || entry === 1)) return value;
    throw this.malformed(name, 'a list of zeros and ones', value);
  }

  /** Settings whose fields are those of a group inside these. */
  within(fields: Fields): Settings {
    return new Settings(this.path, fields, this.tensors);
  }

  private malformed(name: string, expected: string, found: unknown): WhenceError {
    const problem = found === undefined ? 'is missing' : `is ${JSON.stringify(found)}`;
    return new WhenceError(
      'model-broken',
      `In the config.json of ${this.path}, ${name} ${problem} where ${expected} is needed.`,
    );
  }
}
