import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { WeightTensor } from '../../../src/engine/checkpoint/checkpoint';
import { rotaryInputs } from '../../../src/engine/compile/context';
import { backwardGraph, ends, forwardGraph, type StageGraph } from '../../../src/engine/compile/graphs';
import { rotaryRows } from '../../../src/engine/compile/operations/rotary';
import type { Stage } from '../../../src/engine/compile/stage';
import { Weights } from '../../../src/engine/compile/weights';
import type { Linearisation } from '../../../src/engine/model';
import { bytesOf } from '../../reference/floats';
import { normal, uniform } from '../../reference/random';

/** Random weights of any name and shape, on disk as the engine expects them. */
export function randomWeights(shapes: Readonly<Record<string, readonly number[]>>, seed = 1): Weights {
  const next = uniform(seed);
  const file = join(mkdtempSync(join(tmpdir(), 'whence-weights-')), 'weights.bin');
  const tensors = new Map<string, WeightTensor>();
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((a, b) => a * b, 1);
    const bytes = bytesOf(
      Array.from({ length: count }, () => normal(next)),
      'F32',
    );
    tensors.set(name, { name, dtype: 'F32', shape, file, offset, bytes: bytes.length });
    parts.push(bytes);
    offset += bytes.length;
  }
  writeFileSync(file, Buffer.concat(parts));
  return new Weights({ path: file, tensors });
}

/** A stage's graphs in float64, run directly: for comparing gradients with differences. */
export class DoubleStage {
  constructor(
    private readonly weights: Weights,
    private readonly stage: Stage,
    private readonly precision: 'float' | 'double' = 'double',
  ) {}

  /**
   * The output for inputs [B, S, …].
   *
   * @param added what is added to a hook's value, shaped like the hook
   */
  async forward(
    input: Float64Array,
    dims: readonly number[],
    added?: { readonly hook: string; readonly data: Float64Array; readonly dims: readonly number[] },
  ): Promise<Float64Array> {
    const graph = forwardGraph(
      { weights: this.weights },
      this.stage,
      {
        hooks: [],
        changes: added ? [{ hook: added.hook, scale: false, add: true, remove: false }] : [],
        output: true,
      },
      this.precision,
    );
    const feeds = {
      [ends.input]: this.tensor(input, dims),
      ...(added && { [`${added.hook}.add`]: this.tensor(added.data, added.dims) }),
    };
    const outputs = await this.run(graph, feeds, dims[1]!);
    return outputs.get(ends.output)!;
  }

  /** Cotangents of the input, and of hooks, from those of the output; one row, many targets. */
  async backward(
    input: Float64Array,
    dims: readonly number[],
    cotangent: Float64Array,
    cotangentDims: readonly number[],
    linearisation: Linearisation,
    layout: 'shared' | 'rows' = 'shared',
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const hooks = [...this.stage.hooks.keys()];
    const graph = backwardGraph(
      { weights: this.weights },
      this.stage,
      { hooks, linearisation, layout },
      this.precision,
    );
    const feeds = {
      [ends.input]: this.tensor(input, dims),
      [ends.cotangent]: this.tensor(cotangent, cotangentDims),
    };
    return this.run(graph, feeds, dims[1]!);
  }

  private async run(
    graph: StageGraph,
    given: Record<string, Tensor>,
    length: number,
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const feeds = { ...given };
    for (const table of graph.tables) {
      const rows = rotaryRows(table, table.frequencies(length), 0, length);
      const dims = [length, 1, table.width];
      feeds[rotaryInputs(table).cos] = this.tensor(rows.cos, dims);
      feeds[rotaryInputs(table).sin] = this.tensor(rows.sin, dims);
    }
    const used = Object.fromEntries(graph.inputs.map((name) => [name, feeds[name]!]));
    const session = await InferenceSession.create(graph.model, {
      logSeverityLevel: 3,
      graphOptimizationLevel: 'disabled',
      extra: { session: { model_external_initializers_file_folder_path: this.weights.folder } },
    });
    const results = graph.empty ? {} : await session.run(used);
    await session.release();
    return new Map(
      [...graph.outputs].map(([label, name]) => {
        const { data } = results[name] ?? feeds[name]!;
        return [label, Float64Array.from(data as Float32Array | Float64Array)];
      }),
    );
  }

  private tensor(data: Float64Array, dims: readonly number[]): Tensor {
    return this.precision === 'double'
      ? new Tensor('float64', data, dims)
      : new Tensor('float32', Float32Array.from(data), dims);
  }
}
