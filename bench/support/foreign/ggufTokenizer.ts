const magic = 0x46554747;
const version = 3;
/** Numbers of the types of values. */
const types = { i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
/** `tokenizer.ggml.token_type`. */
const kinds = { normal: 1, control: 3, byte: 6 } as const;

interface Rules {
  readonly added_tokens: readonly { readonly content: string }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly string[])[];
  };
}

/** A GGUF file without tensors: metadata with the tokenizer that a tokenizer.json describes. */
export function ggufOf({ model, added_tokens: added }: Rules, kind: 'gpt2' | 'llama'): Buffer {
  const tokens = Object.entries(model.vocab)
    .sort((a, b) => a[1] - b[1])
    .map(([token]) => token);
  const control = new Set(added.map(({ content }) => content));
  const kindOf = (token: string) =>
    control.has(token) ? kinds.control : /^<0x..>$/.test(token) ? kinds.byte : kinds.normal;
  const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  const entries = [
    entry('general.architecture', text('llama')),
    entry('tokenizer.ggml.model', text(kind)),
    entry('tokenizer.ggml.tokens', list(types.string, tokens.map(string))),
    entry(
      'tokenizer.ggml.token_type',
      list(
        types.i32,
        tokens.map((token) => int(kindOf(token))),
      ),
    ),
    entry('tokenizer.ggml.eos_token_id', value(types.i32, int(0))),
    entry('tokenizer.ggml.add_bos_token', value(types.bool, Buffer.of(0))),
    entry('tokenizer.chat_template', text('{{ messages[0].content }}')),
    kind === 'gpt2'
      ? entry('tokenizer.ggml.merges', list(types.string, merges.map(string)))
      : entry(
          'tokenizer.ggml.scores',
          list(
            types.f32,
            tokens.map((_, at) => float(-at)),
          ),
        ),
  ];
  return Buffer.concat([
    int(magic),
    int(version),
    long(0),
    long(entries.length),
    ...entries,
    Buffer.alloc(64),
  ]);
}

function entry(key: string, typed: Buffer): Buffer {
  return Buffer.concat([string(key), typed]);
}

function value(type: number, bytes: Buffer): Buffer {
  return Buffer.concat([int(type), bytes]);
}

function text(content: string): Buffer {
  return value(types.string, string(content));
}

function list(type: number, items: readonly Buffer[]): Buffer {
  return value(types.array, Buffer.concat([int(type), long(items.length), ...items]));
}

function string(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([long(bytes.length), bytes]);
}

function int(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function long(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(number));
  return bytes;
}

function float(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(number);
  return bytes;
}
