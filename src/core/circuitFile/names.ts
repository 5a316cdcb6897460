import { partNamed } from '../change/changeText';
import { partOf } from '../parts';
import type { Cursor } from './cursor';
import { misread } from './cursor';
import type { Parts, Place } from './syntax';
import { isKeyword } from './words';

/** What a file has declared so far, by name. */
export interface Names {
  readonly slots: Set<string>;
  readonly groups: Map<string, readonly string[]>;
  readonly places: Map<string, Place>;
}

/** A new name. It must not mean anything yet. */
export function declared(cursor: Cursor, what: string, { slots, groups, places }: Names): string {
  const lexeme = cursor.of('word', `the name of the ${what}`);
  const name = lexeme.value;
  if (isKeyword(name)) {
    misread(lexeme, `“${name}” is a word of the language, so no ${what} can be called so.`);
  }
  if (partKindOf(name) || partOf(name))
    misread(lexeme, `“${name}” is a part of the model, so no ${what} can be called so.`);
  if (slots.has(name) || groups.has(name) || places.has(name)) {
    misread(lexeme, `“${name}” is declared already: every name stands for one thing.`);
  }
  return name;
}

/** What the language takes as parts. */
export type PartKind = 'head' | 'neuron' | 'mlp' | 'layer';
const partKinds: readonly PartKind[] = ['head', 'neuron', 'mlp', 'layer'];

/** Which kind of part a name is of, as `L3N118`; null for what is none of the language's. */
export function partKindOf(name: string): PartKind | null {
  const { kind } = partNamed(name);
  return partKinds.find((known) => known === kind) ?? null;
}

/** A part of any kind, or a group. */
export function parts(cursor: Cursor, names: Names): Parts {
  const what = 'a head as L3H2, a neuron as L3N118, an MLP as L3MLP, a layer as L3, or a group';
  return partsOf(cursor, names, partKinds, what);
}

/** A part of some kinds, or a group of these. */
export function partsOf(cursor: Cursor, { groups }: Names, kinds: readonly PartKind[], what: string): Parts {
  const lexeme = cursor.name('part', what);
  const { value: label, start, end } = lexeme;
  const names = partKindOf(label) ? [label] : groups.get(label);
  if (!names) {
    return misread(
      lexeme,
      `“${label}” is unknown: parts are heads as L3H2, neurons as L3N118, MLPs as L3MLP, layers as L3, and groups declared above.`,
    );
  }
  const wrong = names.find((name) => !kinds.includes(partKindOf(name)!));
  if (wrong !== undefined) misread(lexeme, `This cannot be measured of ${wrong}: expected ${what}.`);
  return { label, names, start, end };
}

export function head(cursor: Cursor): Parts {
  return single(cursor, 'head', 'L3H2');
}

export function neuron(cursor: Cursor): Parts {
  return single(cursor, 'neuron', 'L3N118');
}

function single(cursor: Cursor, kind: 'head' | 'neuron', example: string): Parts {
  const lexeme = cursor.name(kind, `a ${kind} as ${example}`);
  const { value: label, start, end } = lexeme;
  if (partKindOf(label) === kind) return { label, names: [label], start, end };
  return misread(lexeme, `“${label}” is no ${kind}: this is asked of one ${kind}, as ${example}.`);
}

const kinds = 'a place: “line”, “lines”, “text”, “symbol”, “first”, “last”, “end” or one declared above';

/** Where in a prompt. */
export function place(cursor: Cursor, { places }: Names): Place {
  const { start } = cursor.next;
  const from = <T extends object>(found: T) => ({ ...found, start, end: cursor.passed });
  if (cursor.takes('end')) return from({ kind: 'end' as const });
  if (cursor.takes('line')) {
    const line = wholeNumber(cursor, 'the number of a line');
    return from({ kind: 'lines' as const, from: line, to: line });
  }
  if (cursor.takes('lines')) {
    const first = wholeNumber(cursor, 'the number of a line');
    cursor.words('to');
    const last = wholeNumber(cursor, 'the number of a line');
    if (last < first)
      misread({ start, end: cursor.passed }, `Lines ${first} to ${last} are none: turn them round.`);
    return from({ kind: 'lines' as const, from: first, to: last });
  }
  const which =
    cursor.sees('first') || cursor.sees('last') ? cursor.oneOf('which', ['first', 'last']) : 'all';
  if (which !== 'all' || cursor.sees('text') || cursor.sees('symbol')) {
    const kind = cursor.oneOf('what to look for', ['text', 'symbol']);
    const { value: text, ...range } = cursor.text(`the ${kind}`);
    if (text === '') misread(range, `The ${kind} is empty, so it stands nowhere.`);
    return from({ kind, text, which });
  }
  const lexeme = cursor.name('place', kinds);
  const known = places.get(lexeme.value);
  if (!known) misread(lexeme, `“${lexeme.value}” is unknown: expected ${kinds}.`);
  return from(known);
}

export function wholeNumber(cursor: Cursor, what: string): number {
  const lexeme = cursor.of('number', what);
  const value = Number(lexeme.raw);
  if (!Number.isSafeInteger(value) || value < 1)
    misread(lexeme, `${lexeme.raw} is not ${what}: it must be 1, 2, 3…`);
  return value;
}
