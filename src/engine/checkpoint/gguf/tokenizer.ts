import { WhenceError } from '../../../core/errors';
import type { JsonObject } from '../json';
import { broken, type GgufHeader } from './header';
import { splitPatterns } from './patterns';

/** What the tokenizer files of a model folder would hold. */
export interface GgufTokenizer {
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject;
  /** The tokens that end a text or a turn. */
  readonly generationConfig: JsonObject;
}

/** `tokenizer.ggml.token_type`. */
const unknown = 2;
const control = 3;
const userDefined = 4;

/** SentencePiece's stand-in for a space. */
const space = '▁';

/**
 * The tokenizer that a GGUF file carries, as `tokenizer.json` and `tokenizer_config.json` would describe it.
 * @throws WhenceError `model-broken` for lists that contradict each other, `model-unsupported` for other kinds.
 */
export function ggufTokenizer(header: GgufHeader): GgufTokenizer {
  const kind = checkTokenizerKind(header);
  const tokens = strings(header, 'tokenizer.ggml.tokens');
  const types = numbers(header, 'tokenizer.ggml.token_type', tokens.length) ?? tokens.map(() => 1);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (Object.keys(vocab).length < tokens.length)
    throw broken(header.path, 'two of its tokens are spelled alike');
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(tokens, types),
    ...(kind === 'gpt2' ? byteLevel(header) : sentencePiece(header)),
    post_processor: null,
  };
  const model =
    kind === 'gpt2' ? byteLevelModel(header, vocab) : sentencePieceModel(header, tokens, types, vocab);
  const ends = ['eos', 'eot', 'eom'].map((end) => header.metadata.get(`tokenizer.ggml.${end}_token_id`));
  return {
    tokenizer: { ...tokenizer, model },
    tokenizerConfig: settings(header, tokens),
    generationConfig: { eos_token_id: ends.filter((id) => id !== undefined) },
  };
}

/**
 * The kind of tokenizer that a file carries, without a look at its vocabulary.
 * @throws WhenceError `model-unsupported` for other kinds than byte-level BPE ("gpt2") and SentencePiece ("llama").
 */
export function checkTokenizerKind(header: GgufHeader): 'gpt2' | 'llama' {
  const kind = text(header, 'tokenizer.ggml.model');
  if (kind === 'llama') return kind;
  if (kind !== 'gpt2') {
    throw new WhenceError(
      'model-unsupported',
      `${header.path} has a tokenizer of the kind "${kind}"; Whence reads "gpt2" (byte-level BPE) and "llama" (SentencePiece).`,
    );
  }
  splitsOf(header);
  return kind;
}

function addedTokens(tokens: readonly string[], types: readonly number[]): JsonObject[] {
  return tokens.flatMap((content, id) => {
    const type = types[id];
    if (type !== control && type !== userDefined && type !== unknown) return [];
    const special = type !== userDefined;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

/** The expressions that a byte-level tokenizer cuts text by. */
function splitsOf(header: GgufHeader): readonly string[] {
  const name = header.metadata.get('tokenizer.ggml.pre') ?? 'default';
  const patterns = splitPatterns(String(name));
  if (patterns) return patterns;
  throw new WhenceError(
    'model-unsupported',
    `${header.path} splits text by the rules "${name}", which Whence does not know; choose the model's folder with tokenizer.json instead.`,
  );
}

function byteLevel(header: GgufHeader): JsonObject {
  const splits = splitsOf(header).map((pattern) => ({
    type: 'Split',
    pattern: { Regex: pattern },
    behavior: 'Isolated',
    invert: false,
  }));
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...splits, bytes] },
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
  };
}

function byteLevelModel(header: GgufHeader, vocab: Readonly<Record<string, number>>): JsonObject {
  const merges = strings(header, 'tokenizer.ggml.merges').map((merge) => {
    // The pieces themselves hold no space: it is written as another character.
    const at = merge.indexOf(' ', 1);
    const pair = [merge.slice(0, at), merge.slice(at + 1)];
    if (at < 0 || pair.some((piece) => vocab[piece] === undefined)) {
      throw broken(header.path, `its merge "${merge.slice(0, 40)}" names no two tokens`);
    }
    return pair;
  });
  const ignoreMerges = /^(llama|dbrx|smaug)/.test(String(header.metadata.get('tokenizer.ggml.pre')));
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    byte_fallback: false,
    ignore_merges: ignoreMerges,
    vocab,
    merges,
  };
}

function sentencePiece(header: GgufHeader): JsonObject {
  const prefixed = header.metadata.get('tokenizer.ggml.add_space_prefix') !== false;
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: space };
  const prepend = { type: 'Prepend', prepend: space };
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  return {
    normalizer: { type: 'Sequence', normalizers: prefixed ? [prepend, replace] : [replace] },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: space }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefixed ? [strip] : []),
      ],
    },
  };
}

/**
 * SentencePiece's BPE joins the neighbours whose union has the best score: the same as merging by rank, with the unions
 * of any two pieces as merges, best score first.
 */
function sentencePieceModel(
  header: GgufHeader,
  tokens: readonly string[],
  types: readonly number[],
  vocab: Readonly<Record<string, number>>,
): JsonObject {
  const scores = numbers(header, 'tokenizer.ggml.scores', tokens.length);
  if (!scores) throw broken(header.path, 'its vocabulary has no scores');
  const merges: { pair: [string, string]; ids: [number, number]; score: number }[] = [];
  for (const [id, token] of tokens.entries()) {
    if (types[id] === control || types[id] === unknown || token.length > maxPieceLength) continue;
    for (let at = 1; at < token.length; at++) {
      const left = token.slice(0, at);
      const right = token.slice(at);
      if (!Object.hasOwn(vocab, left) || !Object.hasOwn(vocab, right)) continue;
      merges.push({ pair: [left, right], ids: [vocab[left]!, vocab[right]!], score: scores[id]! });
    }
  }
  merges.sort((a, b) => b.score - a.score || a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
  const unknownToken = tokens[types.indexOf(unknown)] ?? null;
  return {
    type: 'BPE',
    dropout: null,
    unk_token: unknownToken,
    fuse_unk: true,
    byte_fallback: types.includes(6),
    vocab,
    merges: merges.map(({ pair }) => pair),
  };
}

/** Longer pieces do not occur; splitting one everywhere takes the square of its length. */
const maxPieceLength = 256;

function settings(header: GgufHeader, tokens: readonly string[]): JsonObject {
  const { metadata } = header;
  const named = (key: string) => {
    const id = metadata.get(`tokenizer.ggml.${key}_token_id`);
    return typeof id === 'number' ? (tokens[id] ?? null) : null;
  };
  const kind = metadata.get('tokenizer.ggml.model');
  return {
    add_bos_token: metadata.get('tokenizer.ggml.add_bos_token') ?? kind === 'llama',
    add_eos_token: metadata.get('tokenizer.ggml.add_eos_token') ?? false,
    bos_token: named('bos'),
    eos_token: named('eos'),
    unk_token: named('unknown'),
    pad_token: named('padding'),
    prefix_token: named('fim_pre') ?? named('prefix'),
    suffix_token: named('fim_suf') ?? named('suffix'),
    middle_token: named('fim_mid') ?? named('middle'),
    clean_up_tokenization_spaces: false,
    chat_template: metadata.get('tokenizer.chat_template') ?? null,
  };
}

function text(header: GgufHeader, key: string): string {
  const value = header.metadata.get(key);
  if (typeof value !== 'string') throw broken(header.path, `it does not say its ${key}`);
  return value;
}

function strings(header: GgufHeader, key: string): readonly string[] {
  const value = header.metadata.get(key);
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
    throw broken(header.path, `its ${key} are no list of texts`);
  }
  return value;
}

/** Null when there is no such list. */
function numbers(header: GgufHeader, key: string, length: number): readonly number[] | null {
  const value = header.metadata.get(key);
  if (value === undefined) return null;
  if (
    !Array.isArray(value) ||
    value.length !== length ||
    !value.every((entry) => typeof entry === 'number')
  ) {
    throw broken(header.path, `its ${key} does not fit its ${length} tokens`);
  }
  return value;
}
