import { join } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { WhenceError } from '../../core/errors';
import type { Token } from '../../core/text';
import { chatFormat, withTemplateFile } from '../chat/template';
import type { Tokenizer } from '../model';
import { isTimeout, withinTime } from '../timed';
import type { Checkpoint } from './checkpoint';
import { composedSpelling } from './compose';
import { fileSize, modelName } from './files';
import { fillInMiddle, type Infill, infillOf } from './fillInMiddle';
import { configLimits, type JsonObject, readJson, tokenizerLimits } from './json';
import { splitAtMarks } from './marks';
import { endOfText, type FormatFiles, prefixOf } from './promptFormat';
import { mismatch, readTokenizerFile, type TokenizerFile } from './tokenizerFile';
import { printed, read, type Spelling, spell, wellFormed } from './utf8';

/**
 * Reads the tokenizer of a checkpoint whose embedding has `rows` rows. Throws a `WhenceError`, mostly
 * `tokenizer-mismatch`, when there is none, it does not fit the model, or it changes the text that it reads in a way
 * that hides where its tokens stand.
 */
export async function openTokenizer(checkpoint: Checkpoint, rows: number): Promise<Tokenizer> {
  const { folder, config, path } = checkpoint;
  const model = modelName(path);
  const file = join(folder, 'tokenizer.json');
  if ((await fileSize(file)) === null) {
    throw new WhenceError(
      'tokenizer-mismatch',
      `\`${model}\` has no \`tokenizer.json\`, so its tokens cannot be read. Fetch it again, or choose another model.`,
    );
  }
  const tokenizer = await readJson(file, tokenizerLimits, 'tokenizer-mismatch');
  const [tokenizerConfig, generationConfig] = await Promise.all(
    ['tokenizer_config.json', 'generation_config.json'].map((name) => readOptional(join(folder, name))),
  );
  const files = {
    config,
    tokenizer,
    tokenizerConfig: await withTemplateFile(folder, tokenizerConfig!),
    generationConfig: generationConfig!,
  };
  return createTokenizer(files, rows, model);
}

async function readOptional(file: string): Promise<JsonObject> {
  return (await fileSize(file)) === null ? {} : readJson(file, configLimits, 'tokenizer-mismatch');
}

/** Builds a tokenizer from files that were read; `model` is its name in errors. */
export function createTokenizer(files: FormatFiles, rows: number, model: string): Tokenizer {
  const rules = readTokenizerFile(files.tokenizer, rows, model);
  let library: Library;
  try {
    library = new Library(rules.rules, {});
  } catch (cause) {
    throw mismatch(model, 'is malformed or has parts that Whence does not know', cause);
  }
  const tokenizer = new BpeTokenizer(rules, library, files, model);
  tokenizer.encode(probe);
  return tokenizer;
}

/** For patterns that take exponential time; ordinary ones are far below. */
const encodeLimits = { milliseconds: 800, millisecondsPerCharacter: 0.2 } as const;

/** Holds what a tokenizer may change in a text (case, accents, ligatures, spaces), so that one that does is refused. */
const probe = '\tIf Ünïcode ﬁts:\r\n  x  =  "😀１²" // Ω ẛ̣ \u00a0\u0000\u2028 \n\n  ';

const space = 0x20;

class BpeTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly endOfText: ReadonlySet<number>;
  readonly fillInMiddle: Tokenizer['fillInMiddle'];
  readonly chat: Tokenizer['chat'];
  readonly #prefixes = new Map<string | null, readonly number[]>();

  constructor(
    private readonly file: TokenizerFile,
    private readonly encoder: Library,
    private readonly files: FormatFiles,
    private readonly model: string,
  ) {
    this.endOfText = endOfText(files, file.vocabulary);
    this.vocabularySize = file.vocabulary.size;
    this.fillInMiddle = fillInMiddle(files.tokenizerConfig, file.vocabulary);
    this.chat = chatFormat(files.tokenizerConfig);
  }

  encode(text: string): readonly Token[] {
    return this.#encode(text, this.file.prefixSpace);
  }

  encodeBehind(text: string): readonly Token[] {
    return this.#encode(text, false);
  }

  encodeMarked(text: string): readonly number[] {
    const { prefixSpace, prefixEach } = this.file;
    return splitAtMarks(text, this.file.marks).flatMap((piece) => {
      if (typeof piece === 'number') return [piece];
      return this.#encode(piece.text, prefixSpace && (prefixEach || piece.start === 0)).map(({ id }) => id);
    });
  }

  #encode(text: string, spaced: boolean): readonly Token[] {
    const source = wellFormed(text);
    if (source === '') return [];
    const seen = this.#asRead(source);
    const spelling = this.file.composed ? composedSpelling(seen) : spell(seen);
    if (spelling === null) throw this.#changed();
    const input = spaced ? ` ${source}` : source;
    const ids = this.#idsOf(input);
    const known = this.file.missing.size === 0 ? ids : ids.filter((id) => id !== undefined);
    return this.#place(known, spaced ? afterSpace(spelling) : spelling);
  }

  /** By the rules of the file, which are foreign: a pattern can take exponential time, a replacement any memory. */
  #idsOf(input: string): readonly (number | undefined)[] {
    try {
      const limit = encodeLimits.milliseconds + encodeLimits.millisecondsPerCharacter * input.length;
      return withinTime(limit, () => this.encoder.encode(input, { add_special_tokens: false }).ids);
    } catch (cause) {
      const what = isTimeout(cause)
        ? 'takes so long to split a text that it is of no use'
        : 'has rules that cannot be applied to a text';
      throw mismatch(this.model, what, cause);
    }
  }

  locate(ids: readonly number[]): readonly Token[] {
    const infill = infillOf(ids, (id) => id, this.fillInMiddle);
    return infill ? this.#locateInfill(infill) : this.#place(ids, this.#spelled(ids));
  }

  decode(ids: readonly number[]): string {
    const infill = infillOf(ids, (id) => id, this.fillInMiddle);
    if (!infill) return this.#spelled(ids).text;
    const { before, written, after } = infill;
    return this.#spelled(before).text + this.#bare(written).text + this.#bare(after).text;
  }

  #locateInfill({ lead, before, suffix, after, middle, written }: Infill<number>): readonly Token[] {
    const placed = (ids: readonly number[], spelling: Spelling, from: number) =>
      this.#place(ids, spelling).map((token) => ({
        ...token,
        start: token.start + from,
        end: token.end + from,
      }));
    const gap = this.#spelled(before).text.length;
    const behind = gap + this.#bare(written).text.length;
    return [
      ...this.#place(lead, read(new Uint8Array(0))),
      ...this.#place(before, this.#spelled(before)),
      ...placed([suffix], read(new Uint8Array(0)), behind),
      ...placed(after, this.#bare(after), behind),
      ...placed([middle], read(new Uint8Array(0)), gap),
      ...placed(written, this.#bare(written), gap),
    ];
  }

  bytesOf(id: number): Uint8Array {
    return this.file.vocabulary.bytesOf(id);
  }

  textOf(id: number): string {
    const bytes = this.bytesOf(id);
    return bytes.length === 0 ? this.file.vocabulary.nameOf(id) : printed(bytes);
  }

  isSpecial(id: number): boolean {
    return this.file.vocabulary.isSpecial(id);
  }

  prefix(language: string | null): readonly number[] {
    const known = this.#prefixes.get(language);
    if (known) return known;
    const prefix = prefixOf(language, this.files, this.file.vocabulary);
    this.#prefixes.set(language, prefix);
    return prefix;
  }

  /** The text as the model is made to see it, as long as the original: byte-fallback vocabularies write spaces as `▁`. */
  #asRead(text: string): string {
    return this.file.kind === 'byteFallback' ? text.replaceAll('▁', ' ') : text;
  }

  /** The text of ids that begin a document, so without the space that the tokenizer put before it. */
  #spelled(ids: readonly number[]): Spelling {
    const bytes = this.#bytes(ids);
    return this.file.prefixSpace && bytes[0] === space ? afterSpace(read(bytes.subarray(1))) : read(bytes);
  }

  /** The text of ids that stand behind others. */
  #bare(ids: readonly number[]): Spelling {
    return read(this.#bytes(ids));
  }

  #bytes(ids: readonly number[]): Uint8Array {
    return Buffer.concat(ids.map((id) => this.bytesOf(id)));
  }

  /** Tokens whose bytes, one after another, must be those of the spelling. */
  #place(ids: readonly (number | undefined)[], { bytes, starts, ends, text }: Spelling): readonly Token[] {
    const { missing } = this.file;
    let at = 0;
    const skip = () => {
      while (at < bytes.length && missing.has(bytes[at]!)) at++;
    };
    const tokens = ids.map((id): Token => {
      if (id === undefined) throw this.#changed();
      skip();
      const own = this.bytesOf(id);
      if (own.some((byte, i) => byte !== bytes[at + i])) throw this.#changed();
      const first = at;
      at += own.length;
      const start = starts[first] ?? text.length;
      const end = own.length === 0 ? start : ends[at - 1]!;
      return { id, text: this.textOf(id), special: this.isSpecial(id), start, end };
    });
    skip();
    if (at !== bytes.length) throw this.#changed();
    return tokens;
  }

  #changed(): WhenceError {
    return mismatch(this.model, 'changes the text it reads, so that the places of its tokens cannot be told');
  }
}

/** The spelling with the tokenizer's own space before it, which takes no room in the text. */
function afterSpace({ text, bytes, starts, ends }: Spelling): Spelling {
  const shifted = { text, bytes: new Uint8Array(bytes.length + 1), starts: later(starts), ends: later(ends) };
  shifted.bytes[0] = space;
  shifted.bytes.set(bytes, 1);
  return shifted;
}

function later(positions: Int32Array): Int32Array {
  const shifted = new Int32Array(positions.length + 1);
  shifted.set(positions, 1);
  return shifted;
}
