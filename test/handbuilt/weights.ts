import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';

/** What a hand-built model is made of: sizes, and the few weights that are not zero. */
export interface Design {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  readonly headSize: number;
  readonly heads: number;
  readonly layers: number;
  /** 0 for a model without MLPs. */
  readonly neurons: number;
}

/** A matrix [rows, columns] that is written entry by entry. */
export class Matrix {
  readonly data: Float32Array;

  constructor(
    readonly rows: number,
    readonly columns: number,
  ) {
    this.data = new Float32Array(rows * columns);
  }

  set(row: number, column: number, value: number): void {
    this.data[row * this.columns + column] = value;
  }

  /** value · I, from `count` columns that begin at `column` to rows that begin at `row`. */
  copy(row: number, column: number, count: number, value = 1): void {
    for (let index = 0; index < count; index++) this.set(row + index, column + index, value);
  }
}

/** One head's matrices, as parts of its block's: queries, keys and values are [d, D], the output [D, d]. */
export interface HeadWeights {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
  readonly o: Matrix;
}

/** One block's MLP: in [F, D] with its bias, out [D, F] with its bias. */
export interface MlpWeights {
  readonly in: Matrix;
  readonly inBias: Float32Array;
  readonly out: Matrix;
  readonly outBias: Float32Array;
}

/** A model under construction; everything is zero until it is set. */
export class HandBuilt {
  readonly embedding: Matrix;
  readonly positions: Matrix;
  readonly unembedding: Matrix;
  private readonly heads: readonly (readonly HeadWeights[])[];
  private readonly mlps: readonly MlpWeights[];

  constructor(readonly design: Design) {
    const { vocabulary, positions, width, headSize, heads, layers, neurons } = design;
    const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
    this.embedding = new Matrix(vocabulary, width);
    this.positions = new Matrix(positions, width);
    this.unembedding = new Matrix(vocabulary, width);
    const head = () => ({
      q: new Matrix(headSize, width),
      k: new Matrix(headSize, width),
      v: new Matrix(headSize, width),
      o: new Matrix(width, headSize),
    });
    this.heads = times(layers, () => times(heads, head));
    this.mlps = times(neurons > 0 ? layers : 0, () => ({
      in: new Matrix(neurons, width),
      inBias: new Float32Array(neurons),
      out: new Matrix(width, neurons),
      outBias: new Float32Array(width),
    }));
  }

  head(layer: number, head: number): HeadWeights {
    return this.heads[layer]![head]!;
  }

  mlp(layer: number): MlpWeights {
    return this.mlps[layer]!;
  }

  /** Writes the checkpoint into a folder of its own, loads it as any other, and removes the folder on `close`. */
  async load(): Promise<Model> {
    const folder = mkdtempSync(join(tmpdir(), 'whence-handbuilt-'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify(this.config()));
    writeFileSync(join(folder, 'model.safetensors'), safetensors(this.tensors()));
    const model = await loadModel(folder, { threads: 1, tokenizer: false });
    const close = model.close.bind(model);
    model.close = async () => {
      await close();
      rmSync(folder, { recursive: true });
    };
    return model;
  }

  private config() {
    const { vocabulary, positions, width, headSize, heads, layers, neurons } = this.design;
    return {
      architectures: ['WhenceTestForCausalLM'],
      vocab_size: vocabulary,
      n_positions: positions,
      n_embd: width,
      head_dim: headSize,
      n_head: heads,
      n_layer: layers,
      ...(neurons > 0 && { n_inner: neurons }),
    };
  }

  private tensors(): Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }> {
    const { width, headSize, neurons } = this.design;
    const matrix = ({ rows, columns, data }: Matrix) => ({ shape: [rows, columns], data });
    const vector = (data: Float32Array) => ({ shape: [data.length], data });
    const tensors = new Map([
      ['wte.weight', matrix(this.embedding)],
      ['wpe.weight', matrix(this.positions)],
      ['lm_head.weight', matrix(this.unembedding)],
    ]);
    for (const [layer, heads] of this.heads.entries()) {
      for (const part of ['q', 'k', 'v'] as const) {
        const data = Float32Array.from(heads.flatMap((head) => Array.from(head[part].data)));
        tensors.set(`h.${layer}.attn.${part}.weight`, { shape: [heads.length * headSize, width], data });
      }
      const output = new Matrix(width, heads.length * headSize);
      for (const [index, { o }] of heads.entries()) {
        for (let row = 0; row < width; row++) {
          const from = o.data.subarray(row * headSize, (row + 1) * headSize);
          output.data.set(from, (row * heads.length + index) * headSize);
        }
      }
      tensors.set(`h.${layer}.attn.o.weight`, matrix(output));
      if (neurons === 0) continue;
      const mlp = this.mlp(layer);
      tensors.set(`h.${layer}.mlp.in.weight`, matrix(mlp.in));
      tensors.set(`h.${layer}.mlp.in.bias`, vector(mlp.inBias));
      tensors.set(`h.${layer}.mlp.out.weight`, matrix(mlp.out));
      tensors.set(`h.${layer}.mlp.out.bias`, vector(mlp.outBias));
    }
    return tensors;
  }
}

function safetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const values = [...tensors.values()].map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  return Buffer.concat([length, padded, ...values]);
}
