import { closeSync, openSync, writeSync } from 'node:fs';

/** How the matrices of a file are stored; gains are always F32. */
export type MatrixType = 'F32' | 'F16' | 'Q8_0' | 'Q4_0';

/** A Llama's sizes, with tied embeddings. */
export interface LlamaShape {
  readonly hidden: number;
  readonly neurons: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly vocabulary: number;
  readonly context: number;
}

export const smollm2Shape: LlamaShape = {
  hidden: 576,
  neurons: 1536,
  layers: 30,
  heads: 9,
  keyHeads: 3,
  vocabulary: 49152,
  context: 8192,
};

/** By type, its number in the file, and how many weights lie in how many bytes. */
const types: Readonly<Record<MatrixType, { code: number; weights: number; bytes: number }>> = {
  F32: { code: 0, weights: 1, bytes: 4 },
  F16: { code: 1, weights: 1, bytes: 2 },
  Q4_0: { code: 2, weights: 32, bytes: 18 },
  Q8_0: { code: 8, weights: 32, bytes: 34 },
};

/** Where tensors begin in the file: a multiple of this. */
const alignment = 32;
/** Weights in the pool that every matrix is cut from, each at a place of its own; a multiple of a block. */
const poolWeights = 2 ** 22;
const deviation = 0.04;

/**
 * Writes a model of random weights as llama.cpp reads it: for measuring speed, where what it says does not matter.
 * The same shape and type give the same bytes.
 */
export function writeRandomGguf(path: string, shape: LlamaShape, type: MatrixType): void {
  const tensors = tensorsOf(shape, type);
  const pool = poolOf(type);
  const file = openSync(path, 'w');
  try {
    writeSync(file, headerOf(shape, tensors));
    for (const [index, tensor] of tensors.entries()) {
      const bytes = sizeOf(tensor);
      if (tensor.dims.length === 1)
        writeSync(file, new Uint8Array(new Float32Array(bytes / 4).fill(1).buffer));
      else writeFromPool(file, pool, bytes, index * 7919 * types[type].bytes);
      writeSync(file, new Uint8Array(padded(bytes) - bytes));
    }
  } finally {
    closeSync(file);
  }
}

interface TensorPlan {
  readonly name: string;
  /** As GGUF has them: the number of inputs first. */
  readonly dims: readonly number[];
  readonly type: MatrixType;
}

function tensorsOf(shape: LlamaShape, type: MatrixType): TensorPlan[] {
  const { hidden, neurons, layers, heads, keyHeads, vocabulary } = shape;
  const keys = (hidden / heads) * keyHeads;
  const gain = (name: string): TensorPlan => ({ name: `${name}.weight`, dims: [hidden], type: 'F32' });
  const matrix = (name: string, inputs: number, outputs: number): TensorPlan => ({
    name: `${name}.weight`,
    dims: [inputs, outputs],
    type,
  });
  const block = (layer: number) => {
    const at = `blk.${layer}`;
    return [
      gain(`${at}.attn_norm`),
      matrix(`${at}.attn_q`, hidden, hidden),
      matrix(`${at}.attn_k`, hidden, keys),
      matrix(`${at}.attn_v`, hidden, keys),
      matrix(`${at}.attn_output`, hidden, hidden),
      gain(`${at}.ffn_norm`),
      matrix(`${at}.ffn_gate`, hidden, neurons),
      matrix(`${at}.ffn_up`, hidden, neurons),
      matrix(`${at}.ffn_down`, neurons, hidden),
    ];
  };
  const blocks = Array.from({ length: layers }, (_, layer) => block(layer)).flat();
  return [matrix('token_embd', hidden, vocabulary), ...blocks, gain('output_norm')];
}

function sizeOf({ dims, type }: TensorPlan): number {
  const { weights, bytes } = types[type];
  return (dims.reduce((a, b) => a * b, 1) / weights) * bytes;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function writeFromPool(file: number, pool: Uint8Array, bytes: number, start: number): void {
  for (let done = 0; done < bytes; ) {
    const at = (start + done) % pool.length;
    const count = Math.min(bytes - done, pool.length - at);
    writeSync(file, pool, at, count);
    done += count;
  }
}

/** Random weights as the type stores them. */
function poolOf(type: MatrixType): Uint8Array {
  const bits = new Uint32Array(poolWeights);
  let state = 99;
  for (let i = 0; i < bits.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bits[i] = state;
  }
  // Uniform weights of the deviation asked for reach √3 times as far.
  const reach = deviation * Math.sqrt(3);
  const { weights, bytes } = types[type];
  const pool = new Uint8Array((poolWeights / weights) * bytes);
  const view = new DataView(pool.buffer);
  const uniform = (i: number) => (bits[i]! / 2 ** 31 - 1) * reach;
  if (type === 'F32') for (let i = 0; i < poolWeights; i++) view.setFloat32(4 * i, uniform(i), true);
  else if (type === 'F16')
    for (let i = 0; i < poolWeights; i++) view.setUint16(2 * i, half(uniform(i)), true);
  else {
    // Any bytes are whole numbers of a block; only its scale has to make weights of the deviation asked for.
    pool.set(new Uint8Array(bits.buffer, 0, pool.length));
    const scale = half(reach / (type === 'Q8_0' ? 128 : 8));
    for (let at = 0; at < pool.length; at += bytes) view.setUint16(at, scale, true);
  }
  return pool;
}

/** The bits of a number in half precision, rounded towards zero. */
function half(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 255) - 112;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 1023);
}

/** Numbers of the types of metadata values. */
const valueType = { u32: 4, i32: 5, f32: 6, string: 8, array: 9 } as const;

function headerOf(shape: LlamaShape, tensors: readonly TensorPlan[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const u32 = (value: number) => parts.push(new Uint8Array(Uint32Array.of(value).buffer));
  const u64 = (value: number) => parts.push(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  const string = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    u64(bytes.length);
    parts.push(bytes);
  };
  const values: (() => void)[] = [];
  const key = (name: string, type: keyof typeof valueType, write: () => void) =>
    values.push(() => {
      string(name);
      u32(valueType[type]);
      write();
    });
  const text = (name: string, value: string) => key(name, 'string', () => string(value));
  const count = (name: string, value: number) => key(name, 'u32', () => u32(value));
  const number = (name: string, value: number) =>
    key(name, 'f32', () => parts.push(new Uint8Array(Float32Array.of(value).buffer)));
  const list = (name: string, type: keyof typeof valueType, length: number, write: () => void) =>
    key(name, 'array', () => {
      u32(valueType[type]);
      u64(length);
      write();
    });

  text('general.architecture', 'llama');
  count('llama.block_count', shape.layers);
  count('llama.context_length', shape.context);
  count('llama.embedding_length', shape.hidden);
  count('llama.feed_forward_length', shape.neurons);
  count('llama.attention.head_count', shape.heads);
  count('llama.attention.head_count_kv', shape.keyHeads);
  number('llama.attention.layer_norm_rms_epsilon', 1e-5);
  count('llama.rope.dimension_count', shape.hidden / shape.heads);
  number('llama.rope.freq_base', 100_000);
  count('llama.vocab_size', shape.vocabulary);
  text('tokenizer.ggml.model', 'gpt2');
  text('tokenizer.ggml.pre', 'smollm');
  const tokens = vocabularyOf(shape.vocabulary);
  list('tokenizer.ggml.tokens', 'string', tokens.length, () => tokens.forEach(string));
  list('tokenizer.ggml.token_type', 'i32', tokens.length, () =>
    parts.push(new Uint8Array(Int32Array.from(tokens, (_, id) => (id === 0 ? 3 : 1)).buffer)),
  );
  list('tokenizer.ggml.merges', 'string', 1, () => string('t o'));
  count('tokenizer.ggml.bos_token_id', 0);
  count('tokenizer.ggml.eos_token_id', 0);

  parts.push(new TextEncoder().encode('GGUF'));
  u32(3);
  u64(tensors.length);
  u64(values.length);
  for (const write of values) write();
  let offset = 0;
  for (const tensor of tensors) {
    string(tensor.name);
    u32(tensor.dims.length);
    tensor.dims.forEach(u64);
    u32(types[tensor.type].code);
    u64(offset);
    offset += padded(sizeOf(tensor));
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length)]);
}

/** An end of text, the 256 bytes as byte-level BPE spells them, one merge, and words that never occur. */
function vocabularyOf(size: number): string[] {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const hidden = bytes.filter((byte) => !printable(byte)).map((_, index) => 256 + index);
  const spelled = [...bytes.filter(printable), ...hidden].map((code) => String.fromCodePoint(code));
  const known = ['<|endoftext|>', ...spelled, 'to'];
  return [...known, ...Array.from({ length: size - known.length }, (_, index) => `word${index}`)];
}
