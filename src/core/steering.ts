import type { Change, Selection, Values } from './change/change';
import { WhenceError } from './errors';
import type { ModelIdentity } from './model';

/** Examples of what to go towards and away from. */
export interface MakeSteeringParams {
  /** What the vector is called. */
  readonly name: string;
  /** The layer after which the residual stream is read and, later, steered. */
  readonly layer: number;
  readonly toward: readonly string[];
  readonly away: readonly string[];
  /** Their language as VS Code names it; null for plain text. */
  readonly language: string | null;
  /** Read each example at its last token, or on the mean over its tokens. */
  readonly at: SteeringPlace;
}

export const steeringPlaces = ['last', 'mean'] as const;
export type SteeringPlace = (typeof steeringPlaces)[number];

/** Examples on each side at most. */
export const mostExamples = 1000;

/**
 * A direction in the residual stream of one model: the mean over the examples to go towards minus the mean over those to
 * leave (Rimsky et al. 2023; from a single pair, Turner et al. 2023). The field names are those of the file.
 */
export interface SteeringVector {
  readonly format: typeof steeringFormat;
  readonly version: 1;
  readonly name: string;
  readonly model: ModelIdentity;
  readonly layer: number;
  readonly at: SteeringPlace;
  /** How many examples it was made from. */
  readonly toward: number;
  readonly away: number;
  /** Mean length of what was read from the examples: what a strength can be held against. */
  readonly streamLength: number;
  /** [D], the direction with its length. */
  readonly values: readonly number[];
}

/** A vector that is added to every run, so many times: below 0 it leads away. */
export interface Steering {
  readonly vector: SteeringVector;
  readonly strength: number;
}

export const steeringFormat = 'whence-steering-vector';

/** A stream wider than this is none; a file longer than this is no vector. */
export const steeringLimits = { values: 1_000_000, characters: 32 * 1024 * 1024 } as const;
const longestName = 200;

export function steeringHook(layer: number): string {
  return `blocks.${layer}.hook_resid_post`;
}

/** The numbers of a vector, which say for which model they are. */
export function steeringValues({ name, model, values }: SteeringVector): Values {
  return { name, model, dims: [values.length], data: Float32Array.from(values) };
}

/** Adds a vector, so many times, after its layer. */
export function steeringChange(
  vector: SteeringVector,
  strength: number,
  positions: Selection = 'all',
): Change {
  return {
    part: { kind: 'hook', hook: steeringHook(vector.layer), units: 'all' },
    positions,
    how: { kind: 'add', value: steeringValues(vector), times: strength },
  };
}

/**
 * Reads the file of a vector; `place` is what it is called in errors.
 *
 * @throws WhenceError `bad-input` for anything else
 */
export function parseSteering(text: string, place: string): SteeringVector {
  const broken = (reason: string, cause?: unknown) =>
    new WhenceError('bad-input', `${place} is no steering vector: ${reason}. Make one with whence steer.`, {
      cause,
    });
  if (text.length > steeringLimits.characters)
    throw broken(`it is longer than ${steeringLimits.characters} characters`);
  let found: Partial<SteeringVector> | null;
  try {
    found = JSON.parse(text) as Partial<SteeringVector> | null;
  } catch (cause) {
    throw broken('it is not JSON', cause);
  }
  if (typeof found !== 'object' || found?.format !== steeringFormat) {
    throw broken(`its format is not ${steeringFormat}`);
  }
  if (found.version !== 1) throw broken(`its version is ${String(found.version)}, and this Whence reads 1`);
  const { name, model, layer, at, toward, away, streamLength, values } = found;
  if (typeof name !== 'string' || name === '' || name.length > longestName) throw broken('it has no name');
  if (!isIdentity(model)) throw broken('it does not say for which model it is');
  if (!isCount(layer) || !isCount(toward) || !isCount(away) || !isNumber(streamLength)) {
    throw broken('it does not say how it was made');
  }
  if (!steeringPlaces.some((known) => known === at)) throw broken('it does not say where it was read');
  if (
    !Array.isArray(values) ||
    values.length === 0 ||
    values.length > steeringLimits.values ||
    !values.every(isNumber)
  ) {
    throw broken(`its values are not 1 to ${steeringLimits.values} numbers`);
  }
  return found as SteeringVector;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isIdentity(value: unknown): value is ModelIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { id, sha256 } = value as Partial<ModelIdentity>;
  return typeof id === 'string' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
}
