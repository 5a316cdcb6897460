import { WhenceError } from '../../core/errors';
import type { Checkpoint } from '../checkpoint/checkpoint';

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a config.json, read by kind; what is missing, malformed or unsupported is named. */
export class Settings {
  constructor(
    private readonly path: string,
    private readonly fields: Fields,
    private readonly tensors: Checkpoint['tensors'],
  ) {}

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

  number(name: string, otherwise?: number): number {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.malformed(name, 'a number', value);
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

  /** Refuses a configuration in which a field that changes the function has any value but the given one. */
  expect(name: string, supported: unknown): void {
    const value = this.fields[name] ?? supported;
    if (value !== supported) throw this.unsupported(`${name}: ${JSON.stringify(value)}`);
  }

  /**
   * θ of plain rotary positions, in either spelling: `rope_theta`, or inside `rope_parameters` as transformers 5 writes
   * it. Any scaling is refused.
   */
  rotaryTheta(otherwise = 10_000): number {
    const parameters = this.group('rope_parameters');
    const scaling = { ...this.group('rope_scaling'), ...parameters };
    const kind = scaling.rope_type ?? scaling.type ?? 'default';
    if (kind !== 'default') throw this.unsupported(`rotary scaling of the kind ${JSON.stringify(kind)}`);
    const partial = scaling.partial_rotary_factor ?? this.fields.partial_rotary_factor ?? 1;
    if (partial !== 1) throw this.unsupported(`partial_rotary_factor: ${JSON.stringify(partial)}`);
    const theta = parameters.rope_theta ?? this.fields.rope_theta ?? otherwise;
    if (typeof theta === 'number' && theta > 0) return theta;
    throw this.malformed('rope_theta', 'a number above 0', theta);
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

  private group(name: string): Fields {
    const value = this.fields[name] ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
    throw this.malformed(name, 'an object', value);
  }

  private malformed(name: string, expected: string, found: unknown): WhenceError {
    const problem = found === undefined ? 'is missing' : `is ${JSON.stringify(found)}`;
    return new WhenceError(
      'model-broken',
      `In the config.json of ${this.path}, ${name} ${problem} where ${expected} is needed.`,
    );
  }
}
