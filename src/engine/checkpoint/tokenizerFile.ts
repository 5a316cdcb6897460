import { WhenceError } from '../../core/errors';
import { isFillSpelling } from './fillInMiddle';
import { isObject, type JsonObject } from './json';
import type { Mark } from './marks';
import { type AddedToken, isControl, type SpellingKind, Vocabulary } from './vocabulary';

/** tokenizer.json, checked, and changed where it would put into a text what is not there. */
export interface TokenizerFile {
  readonly kind: SpellingKind;
  readonly vocabulary: Vocabulary;
  /**
   * Whether a space is put before every text. Some references leave it out where the text begins with one; here it is
   * always put, as then no two texts have the same tokens.
   */
  readonly prefixSpace: boolean;
  /** Whether it is put after every special token too, and not only before the text. */
  readonly prefixEach: boolean;
  /** The special tokens as they are spelled in what a chat template makes. */
  readonly marks: readonly Mark[];
  /** Whether the text is brought into Unicode's normalisation form C. */
  readonly composed: boolean;
  /** What the library is given: without control tokens, so that their spellings are plain text, and without the space. */
  readonly rules: JsonObject;
  /** Bytes that the model cannot read: they have no token, and the reference leaves them out. */
  readonly missing: ReadonlySet<number>;
}

/**
 * The bytes of text without control characters and beyond the assigned planes of Unicode. Vocabularies that were
 * trained without all bytes, as SmolLM2's, have these all the same.
 */
const ordinaryBytes: readonly number[] = Array.from({ length: 0xf1 }, (_, byte) => byte).filter(
  (byte) => byte === 0x09 || byte === 0x0a || (byte >= 0x20 && ![0x7f, 0xc0, 0xc1].includes(byte)),
);

/**
 * Checks a tokenizer.json against the model it comes with, of whose embedding `rows` is the number of rows. Throws
 * `tokenizer-mismatch` when it is malformed or does not fit, `model-unsupported` for kinds whose tokens cannot be
 * traced back to bytes.
 */
export function readTokenizerFile(file: JsonObject, rows: number, model: string): TokenizerFile {
  const { model: rules, added_tokens: addedTokens = [] } = file;
  if (!isObject(rules) || !isObject(rules.vocab) || !Array.isArray(rules.merges)) {
    if (isObject(rules) && rules.type !== undefined && rules.type !== 'BPE')
      throw unsupported(model, rules.type);
    throw mismatch(model, 'holds no vocabulary and merges');
  }
  if (rules.type !== undefined && rules.type !== 'BPE') throw unsupported(model, rules.type);
  const tokens = readTokens(rules.vocab, rows, model);
  const added = readAdded(addedTokens, rows, model);
  checkMerges(rules.merges, tokens, model);
  const kind = kindOf(file, rules, model);
  const vocabulary = new Vocabulary(kind, tokens, added);
  const missing = vocabulary.missing;
  if (ordinaryBytes.some((byte) => missing.has(byte)))
    throw mismatch(model, 'has no token for some bytes, so it cannot spell every text');
  const control = new Set(added.filter(isControl).map(({ content }) => content));
  const isText = (name: string) => !control.has(name) && !isFillSpelling(name);
  const text = added.filter((token) => !isControl(token));
  return {
    kind,
    vocabulary,
    missing,
    prefixEach:
      steps(file.normalizer).some(isPrepend) ||
      steps(file.pre_tokenizer).some((step) => putsSpace(step) && step.prepend_scheme !== 'first'),
    marks: added.filter(isControl).map((token) => ({
      id: token.id,
      content: token.content,
      lstrip: token.lstrip === true,
      rstrip: token.rstrip === true,
    })),
    prefixSpace: steps(file.normalizer).some(isPrepend) || steps(file.pre_tokenizer).some(putsSpace),
    composed: steps(file.normalizer).some(({ type }) => type === 'NFC'),
    rules: {
      ...file,
      added_tokens: text,
      model: { ...rules, vocab: Object.fromEntries([...tokens].filter(([name]) => isText(name))) },
      normalizer: without(file.normalizer, 'normalizers', isPrepend),
      pre_tokenizer: rewritten(file.pre_tokenizer),
      post_processor: null,
      decoder: null,
    },
  };
}

function kindOf(file: JsonObject, rules: JsonObject, model: string): SpellingKind {
  if (steps(file.pre_tokenizer).some(({ type }) => type === 'ByteLevel')) return 'byteLevel';
  if (rules.byte_fallback === true) return 'byteFallback';
  throw unsupported(model, 'BPE without bytes');
}

function readTokens(vocab: JsonObject, rows: number, model: string): ReadonlyMap<string, number> {
  const tokens = new Map<string, number>();
  for (const [spelling, id] of Object.entries(vocab)) tokens.set(spelling, checkId(id, rows, model));
  if (new Set(tokens.values()).size < tokens.size) throw mismatch(model, 'gives two tokens the same number');
  return tokens;
}

function readAdded(added: unknown, rows: number, model: string): readonly (AddedToken & JsonObject)[] {
  if (!Array.isArray(added)) throw mismatch(model, 'has a malformed list of added tokens');
  return added.map((token: unknown) => {
    if (!isObject(token) || typeof token.content !== 'string' || token.content === '') {
      throw mismatch(model, 'has a malformed list of added tokens');
    }
    return {
      ...token,
      id: checkId(token.id, rows, model),
      content: token.content,
      special: token.special === true,
    };
  });
}

function checkId(id: unknown, rows: number, model: string): number {
  if (!Number.isInteger(id) || Number(id) < 0)
    throw mismatch(model, `has a token with the number ${String(id)}`);
  if (Number(id) >= rows) {
    throw mismatch(
      model,
      `has a token with the number ${id}, but the model knows only ${rows}: it is not its own`,
    );
  }
  return Number(id);
}

/** The two parts of a merge and what they make must all be tokens. Written as pairs, or with a space between. */
function checkMerges(merges: readonly unknown[], tokens: ReadonlyMap<string, number>, model: string): void {
  for (const merge of merges) {
    const parts: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    const valid = Array.isArray(parts) && parts.length === 2 && parts.every((part) => tokens.has(part));
    if (!valid || !tokens.has(parts.join('')))
      throw mismatch(model, 'merges tokens that are not in its vocabulary');
  }
}

/** A normalizer or pre-tokenizer as the list of its steps. */
function steps(part: unknown): readonly JsonObject[] {
  if (!isObject(part)) return [];
  const inner = part.normalizers ?? part.pretokenizers;
  return part.type === 'Sequence' && Array.isArray(inner) ? inner.flatMap(steps) : [part];
}

function isPrepend(step: JsonObject): boolean {
  return step.type === 'Prepend' && step.prepend === '▁';
}

function putsSpace(step: JsonObject): boolean {
  if (step.type === 'ByteLevel') return step.add_prefix_space === true;
  if (step.type !== 'Metaspace') return false;
  return step.prepend_scheme === undefined
    ? step.add_prefix_space !== false
    : step.prepend_scheme !== 'never';
}

function without(part: unknown, list: 'normalizers', unwanted: (step: JsonObject) => boolean): unknown {
  if (!isObject(part) || unwanted(part)) return null;
  const inner = part[list];
  return Array.isArray(inner)
    ? { ...part, [list]: inner.map((step) => without(step, list, unwanted)).filter((step) => step !== null) }
    : part;
}

/** What ByteLevel splits at when it is told to, and not told how (GPT-2; Radford et al. 2019). */
const wordPattern = "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * A pre-tokenizer without the space before the text, and with the splits that the library has built in written out: its
 * own go by JavaScript's idea of white space and digits, but patterns by Unicode's, as the reference does.
 */
function rewritten(part: unknown): unknown {
  if (!isObject(part)) return null;
  if (Array.isArray(part.pretokenizers)) return { ...part, pretokenizers: part.pretokenizers.map(rewritten) };
  if (part.type === 'Digits') return split(part.individual_digits === true ? '\\p{N}' : '\\p{N}+');
  if (part.type === 'Metaspace') return { ...part, add_prefix_space: false, prepend_scheme: 'never' };
  if (part.type !== 'ByteLevel') return part;
  const bytes = { ...part, add_prefix_space: false, use_regex: false };
  return part.use_regex === false ? bytes : { type: 'Sequence', pretokenizers: [split(wordPattern), bytes] };
}

function split(pattern: string): JsonObject {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}

export function mismatch(model: string, what: string, cause?: unknown): WhenceError {
  return new WhenceError(
    'tokenizer-mismatch',
    `The \`tokenizer.json\` of \`${model}\` ${what}. Fetch the model again, or choose another one.`,
    { cause },
  );
}

function unsupported(model: string, kind: unknown): WhenceError {
  return new WhenceError(
    'model-unsupported',
    `The tokenizer of \`${model}\` is of a kind (${String(kind)}) whose tokens Whence cannot trace back to characters. ` +
      'Choose a model with a byte-level or byte-fallback BPE tokenizer.',
  );
}
