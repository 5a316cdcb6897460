import { WhenceError } from '../errors';
import { ByteReader } from './bytes';
import {
  type IndexHeader,
  indexLimits,
  indexMagic,
  indexVersion,
  partOrdinal,
  type RawContext,
  type RawEffect,
  type RawHead,
  type RawHeadContext,
  type RawNeuron,
  type RawWindow,
  roleNumbers,
} from './format';
import { checkHeader } from './header';
import { attended } from './types';

/** The quoted tokens of a text: those between are −1. */
interface QuotedText {
  readonly file: number;
  readonly ids: Int32Array;
}

/** An index as it was read: its parts are taken from the bytes when they are asked for. */
export class IndexFile {
  readonly header: IndexHeader;
  readonly #texts: readonly QuotedText[];
  /** Where each part begins in the bytes, and where the last ends. */
  readonly #starts: Uint32Array;
  readonly #bytes: Uint8Array;

  /**
   * Reads the bytes of a file that is no longer compressed.
   *
   * @throws WhenceError `bad-input` for what is no index, of another version, damaged, or beyond a limit
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const reader = new ByteReader(bytes);
    this.header = guarded(() => readHeader(reader));
    this.#texts = guarded(() => readTexts(reader, this.header.files.length));
    const { layers, heads, neurons } = this.header;
    this.#starts = guarded(() => {
      const lengths = Array.from({ length: layers * (heads + neurons) }, () => reader.count(bytes.length));
      const starts = new Uint32Array(lengths.length + 1).fill(reader.at);
      for (const [part, length] of lengths.entries()) starts[part + 1] = starts[part]! + length;
      if (starts.at(-1) !== bytes.length) throw new RangeError('The parts do not end with the file.');
      return starts;
    });
  }

  /** @throws WhenceError `bad-input` where the part is damaged */
  neuron(layer: number, index: number): RawNeuron {
    return guarded(() => {
      const reader = this.#readerOf('neuron', layer, index);
      const [mean, min, max] = [reader.float(), reader.float(), reader.float()];
      const quantiles = this.header.shares.map(() => reader.float());
      const promotes = readEffects(reader);
      const suppresses = readEffects(reader);
      const sides = Array.from({ length: reader.count(2) }, () => ({
        sign: reader.count(1) === 1 ? (1 as const) : (-1 as const),
        frequency: reader.float(),
        contexts: Array.from({ length: reader.count(indexLimits.contexts) }, () => this.#context(reader)),
      }));
      return { mean, min, max, quantiles, promotes, suppresses, sides };
    });
  }

  /** @throws WhenceError `bad-input` where the part is damaged */
  head(layer: number, index: number): RawHead {
    return guarded(() => {
      const reader = this.#readerOf('head', layer, index);
      const [previous, duplicate, induction, copying] = roleNumbers.map(() => reader.float()) as [
        number,
        number,
        number,
        number,
      ];
      const roles = Array.from(
        { length: reader.count(roleNumbers.length) },
        () => roleNumbers[reader.count(roleNumbers.length - 1)]!,
      );
      const attention = attended.map(() => ({ share: reader.float(), chance: reader.float() }));
      const entropy = reader.float();
      const contexts = Array.from({ length: reader.count(indexLimits.contexts) }, (): RawHeadContext => {
        const context = this.#context(reader);
        const strength = reader.float();
        const read = this.#window(reader, context.text);
        return { ...context, strength, read, promotes: readEffects(reader) };
      });
      return { scores: { previous, duplicate, induction, copying, roles }, attention, entropy, contexts };
    });
  }

  /** The file that a text is from. */
  fileOf(text: number): string {
    return this.header.files[this.#texts[text]!.file]!;
  }

  /** The ids of the tokens of a window. */
  idsOf(text: number, { start, values }: RawWindow): readonly number[] {
    return [...this.#texts[text]!.ids.subarray(start, start + values.length)];
  }

  #readerOf(kind: 'head' | 'neuron', layer: number, index: number): ByteReader {
    const part = partOrdinal(this.header, kind, layer, index);
    return new ByteReader(this.#bytes.subarray(0, this.#starts[part + 1]), this.#starts[part]);
  }

  #context(reader: ByteReader): RawContext {
    const text = reader.count(this.#texts.length - 1);
    const line = reader.count(indexLimits.lines);
    return { text, line, ...this.#window(reader, text) };
  }

  #window(reader: ByteReader, text: number): RawWindow {
    const { ids } = this.#texts[text]!;
    const start = reader.count(ids.length);
    const peak = start + reader.count(indexLimits.window);
    const length = reader.count(indexLimits.window);
    const values = reader.scaled(length);
    if (peak >= start + length || ids.subarray(start, start + length).some((id) => id < 0)) {
      throw new RangeError('A context quotes tokens that are not there.');
    }
    if (start + length > ids.length) throw new RangeError('A context goes beyond its text.');
    return { start, peak, values };
  }
}

function readHeader(reader: ByteReader): IndexHeader {
  const magic = reader.bytes.length < indexMagic.length ? '' : reader.letters(indexMagic.length);
  if (magic !== indexMagic) throw new WhenceError('bad-input', `This is no index of a model. ${again}`);
  const value = reader.json(indexLimits.headerBytes);
  const version = (value as { readonly version?: unknown } | null)?.version;
  if (version !== indexVersion) {
    throw new WhenceError(
      'bad-input',
      `This index has version ${String(version)} of the format, and Whence reads version ${indexVersion}. ${again}`,
    );
  }
  return checkHeader(value);
}

function readTexts(reader: ByteReader, files: number): readonly QuotedText[] {
  return Array.from({ length: reader.count(indexLimits.texts) }, () => {
    const file = reader.count(files - 1);
    const ids: number[] = [];
    for (let runs = reader.count(indexLimits.textTokens); runs > 0; runs--) {
      const passed = reader.count(indexLimits.textTokens - ids.length);
      for (let at = 0; at < passed; at++) ids.push(-1);
      const length = reader.count(indexLimits.textTokens - ids.length);
      for (let at = 0; at < length; at++) ids.push(reader.count(indexLimits.vocabulary));
    }
    return { file, ids: Int32Array.from(ids) };
  });
}

function readEffects(reader: ByteReader): readonly RawEffect[] {
  const ids = Array.from({ length: reader.count(indexLimits.effects) }, () =>
    reader.count(indexLimits.vocabulary),
  );
  const effects = ids.length === 0 ? [] : reader.scaled(ids.length);
  return ids.map((id, index) => ({ id, effect: effects[index]! }));
}

const again = 'Make the index again, with whence index or Whence: Index This Model.';

/** Bytes that are not there, or are no such number, mean a damaged file. */
function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    const message = `This index is damaged: ${thrown.message.replace(/\.$/, '').toLowerCase()}. ${again}`;
    throw new WhenceError('bad-input', message, { cause: thrown });
  }
}
