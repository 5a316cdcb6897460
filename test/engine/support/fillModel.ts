import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const fillSpellings = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'] as const;
/** Their ids, behind the embedded model's vocabulary. */
export const fillIds = { prefix: 4096, suffix: 4097, middle: 4098 };

/**
 * A folder with the embedded model, to whose vocabulary the tokens for filling in the middle were added; their embeddings are
 * those of three other tokens. It has not learnt what they mean, but it computes with them.
 */
export function fillModel(
  embedded = join('models', 'whence-code'),
  folder = mkdtempSync(join(tmpdir(), 'whence-fill-')),
): string {
  cpSync(embedded, folder, { recursive: true });
  const edit = (name: string, change: (json: Record<string, unknown>) => void) => {
    const json = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    change(json);
    writeFileSync(join(folder, name), JSON.stringify(json));
  };
  edit('config.json', (config) => {
    config.vocab_size = 4099;
  });
  edit('tokenizer.json', (tokenizer) => {
    const added = fillSpellings.map((content, at) => ({ id: 4096 + at, content, special: false }));
    tokenizer.added_tokens = [...(tokenizer.added_tokens as unknown[]), ...added];
  });
  lengthenEmbedding(join(folder, 'model.safetensors'));
  return folder;
}

/** Appends to the embedding its rows 10, 11 and 12 once more. */
function lengthenEmbedding(path: string): void {
  const file = readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__: _, ...tensors } = JSON.parse(file.toString('utf8', 8, 8 + length));
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, tensor] of Object.entries<{ shape: number[]; data_offsets: number[] }>(tensors)) {
    let bytes = file.subarray(8 + length + tensor.data_offsets[0]!, 8 + length + tensor.data_offsets[1]!);
    if (name === 'model.embed_tokens.weight') {
      const row = bytes.length / tensor.shape[0]!;
      bytes = Buffer.concat([bytes, bytes.subarray(10 * row, 13 * row)]);
      tensor.shape[0]! += 3;
    }
    tensor.data_offsets = [at, at + bytes.length];
    at += bytes.length;
    parts.push(bytes);
  }
  const header = Buffer.from(JSON.stringify(tensors));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([size, header, ...parts]));
}
