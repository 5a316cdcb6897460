import { freemem, totalmem } from 'node:os';
import type { Architecture } from '../compile/architecture';
import type { WeightTensor } from './checkpoint';

/** Positions that the working memory is reckoned for. */
const positions = 512;
/** What Node.js and ONNX Runtime take by themselves. */
const programBytes = 150e6;
const float = 4;

/** Bytes that a model takes. */
export interface MemoryNeed {
  /** Mapped from disk: they can be read again, but a model that does not fit reads all of them for every token. */
  readonly weights: number;
  /** For a text of 512 tokens, or as many as the model reads: key-value cache, patterns, logits, one matrix converted. */
  readonly work: number;
}

type Sizes = Pick<
  Architecture,
  'layers' | 'heads' | 'hiddenSize' | 'neurons' | 'vocabularySize' | 'contextLength'
>;

/** What a model takes to run, from its sizes and its tensors; block-quantised ones as they are when expanded. */
export function memoryNeed(sizes: Sizes, tensors: Iterable<WeightTensor>): MemoryNeed {
  const { layers, heads, hiddenSize, neurons, vocabularySize, contextLength } = sizes;
  const length = Math.min(positions, contextLength);
  let weights = 0;
  let converted = 0;
  for (const { dtype, shape, bytes } of tensors) {
    weights += bytes;
    // Half-precision matrices are converted as they are multiplied, one at a time.
    if (dtype !== 'F32') converted = Math.max(converted, float * shape.reduce((a, b) => a * b, 1));
  }
  const perToken =
    2 * layers * hiddenSize + vocabularySize + 8 * hiddenSize + 3 * neurons + 2 * heads * length;
  return { weights, work: programBytes + converted + float * length * perToken };
}

/** Bytes that a program can still get, of the machine or of the container it runs in. */
export function availableMemory(): number {
  const free = process.availableMemory?.() ?? freemem();
  // macOS counts as used what it would give up at once; half of what there is can be had.
  return process.platform === 'darwin' ? Math.max(free, totalmem() / 2) : free;
}
