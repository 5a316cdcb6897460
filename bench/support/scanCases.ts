import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { roleOf, standsIn } from '../../src/core/nameUse';
import { type RecordOrigin, recordOfSelection, type WhenceRecord } from '../../src/core/record';
import { scanSpots } from '../../src/core/scan';
import { tokenWords } from '../../src/core/words';
import { Distribution } from '../../src/engine/explain/distribution';
import { randomFrom } from '../../src/engine/explain/random';
import type { Model } from '../../src/engine/model';
import { score } from '../../src/engine/run/score';

const linesAtOnce = 40;
const longest = 8;
const draws = 4;
/** A name has at least this many characters: of shorter ones one cannot tell whether they exist. */
const shortest = 4;

/** A name used as part of an API in real code, or one that the model made up in its place, and whether *Scan* marks it. */
export interface ScanCase {
  readonly file: string;
  readonly name: string;
  readonly role: string;
  readonly exists: boolean;
  readonly marked: boolean;
}

/** Files of the sample of code that comes with Whence, by language. */
function corpusFiles(): { readonly file: string; readonly language: string; readonly text: string }[] {
  return ['python', 'typescript'].flatMap((language) =>
    readdirSync(join('corpus', language), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .map((name) => ({
        file: `${language}/${name}`,
        language,
        text: readFileSync(join('corpus', language, name), 'utf8').replaceAll('\r\n', '\n'),
      })),
  );
}

/**
 * One stretch of every file, read as *Scan* reads it. Its names exist, as the code works. In the place of one of them the model
 * then draws a name at temperature 1 that stands nowhere in the whole sample and belongs to no object of this runtime.
 */
export async function* scanCases(model: Model): AsyncGenerator<readonly ScanCase[]> {
  const random = randomFrom([5]);
  const files = corpusFiles();
  const existing = new Set(files.flatMap(({ text }) => text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []));
  for (const name of runtimeNames()) existing.add(name);
  for (const { file, language, text } of files) {
    const lines = text.split('\n');
    const first = Math.floor(random() * Math.max(1, lines.length - linesAtOnce));
    const start = lines.slice(0, first).join('\n').length;
    const end = lines.slice(0, first + linesAtOnce).join('\n').length;
    const read = await reading(model, language, text, start, end);
    const places = placesIn(read);
    const others = files.filter((one) => one.language === language && one.file !== file);
    const elsewhere = (name: string) => others.some((other) => standsIn(other.text, name, true));
    const marks = markedPlaces(read, text, elsewhere);
    const found: ScanCase[] = places.map(({ at, name, role }) => ({
      file,
      name,
      role,
      exists: true,
      marked: marks.has(at),
    }));
    const place = places[Math.floor(random() * places.length)];
    const invented =
      place && (await madeUp(model, language, text.slice(0, place.at), place.name, existing, random));
    if (place && invented) {
      const changed = text.slice(0, place.at) + invented + text.slice(place.at + place.name.length);
      const again = await reading(model, language, changed, start, end + invented.length - place.name.length);
      const marked = markedPlaces(again, changed, elsewhere).has(place.at);
      found.push({ file, name: invented, role: place.role, exists: false, marked });
    }
    yield found;
  }
}

async function reading(model: Model, language: string, text: string, start: number, end: number) {
  const range = { start: Math.max(1, start), end };
  const result = await score(model, { text, language, range });
  return recordOfSelection({ language } as RecordOrigin, text, 0, range, result);
}

/** Names that are used as part of an API and stand nowhere above in what the model read, by where they are in the file. */
function placesIn({ text, offset, tokens, first }: WhenceRecord) {
  return tokenWords(tokens, tokens.length).flatMap(({ indices, text: name }) => {
    const token = tokens[indices[0]!]!;
    const at = token.start + token.text.length - token.text.trimStart().length;
    const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
    if (indices[0]! < first || name.length < shortest || !/^[\p{L}_$]/u.test(name)) return [];
    if (/#|\/\/|^\s*\*|["'`]/.test(line) || standsIn(text.slice(0, at), name, true)) return [];
    const role = roleOf(name, text.slice(0, at), text.slice(at + name.length));
    return role === null ? [] : [{ at: offset + at, name, role }];
  });
}

function markedPlaces(
  record: WhenceRecord,
  document: string,
  elsewhere: (name: string) => boolean,
): ReadonlySet<number> {
  const spots = scanSpots(record, document).filter(
    ({ kind, name }) => kind === 'unsupported' && !elsewhere(name!),
  );
  return new Set(
    spots.map(({ indices }) => {
      const token = record.tokens[indices[0]!]!;
      return record.offset + token.start + token.text.length - token.text.trimStart().length;
    }),
  );
}

/** A name that the model writes there and that exists nowhere; null when some draws give none. */
async function madeUp(
  model: Model,
  language: string,
  before: string,
  real: string,
  existing: ReadonlySet<string>,
  random: () => number,
): Promise<string | null> {
  const all = model.tokenizer.encode(before).map(({ id }) => id);
  const prefix = model.tokenizer.prefix(language);
  const room = model.info.contextLength - prefix.length - longest;
  const prompt = [...prefix, ...all.slice(-room)];
  for (let draw = 0; draw < draws; draw++) {
    const decoder = model.decoder();
    let logits = await decoder.step(prompt);
    let name = '';
    for (let length = 0; length < longest; length++) {
      const id = drawn(logits, random);
      const text = model.tokenizer.textOf(id);
      if (!/^[\w$]+$/.test(text)) break;
      name += text;
      logits = await decoder.step([id]);
    }
    if (name.length >= shortest && /^[a-z_$]/i.test(name) && name !== real && !existing.has(name))
      return name;
  }
  return null;
}

function drawn(logits: Float32Array, random: () => number): number {
  const distribution = new Distribution(logits);
  let rest = random();
  const id = logits.findIndex((_, candidate) => {
    rest -= distribution.probabilityOf(candidate);
    return rest < 0;
  });
  return id < 0 ? distribution.first() : id;
}

/** Every name of the objects that this runtime has globally, and of their prototypes. */
function runtimeNames(): string[] {
  return Object.getOwnPropertyNames(globalThis).flatMap((global) => {
    const value: unknown = Reflect.get(globalThis, global);
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return [global];
    const prototype: unknown = Reflect.get(value, 'prototype');
    const own =
      typeof prototype === 'object' && prototype !== null ? Object.getOwnPropertyNames(prototype) : [];
    return [global, ...Object.getOwnPropertyNames(value), ...own];
  });
}
