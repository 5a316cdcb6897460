import { Worker } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Emitter } from '../../../src/engine/compile/emitter';
import type { Weights } from '../../../src/engine/compile/weights';
import { type Clock, costOf } from './runner';

/** What the machine can do at most, measured by the most direct means there are here. */
export interface Limits {
  /** Floating-point operations a second in a product of two large matrices in fp32. */
  readonly multiply: number;
  /** Bytes a second that are read from memory. */
  readonly read: number;
}

const size = 1024;
const bytes = 256 * 2 ** 20;
const times = 4;

/** The best of a few measurements. */
export async function limits(threads: number, clock: Clock): Promise<Limits> {
  return { multiply: await multiplied(threads, clock), read: await read(threads, clock) };
}

async function multiplied(threads: number, clock: Clock): Promise<number> {
  const emitter = new Emitter({} as Weights);
  const [a, b] = ['a', 'b'].map((name) => emitter.input(name, 'float', [size, size]));
  emitter.output('product', emitter.matmul(a!, b!));
  const session = await InferenceSession.create(emitter.finish().model, { intraOpNumThreads: threads });
  const matrix = new Tensor('float32', new Float32Array(size * size).fill(0.5), [size, size]);
  const seconds = await best(clock, () => session.run({ a: matrix, b: matrix }));
  await session.release();
  return (2 * size ** 3) / seconds;
}

/** Searching memory for a byte that is not in it does nothing but read: in as many threads as are asked for. */
async function read(threads: number, clock: Clock): Promise<number> {
  const search = `
    const { parentPort } = require('node:worker_threads');
    const bytes = Buffer.alloc(${bytes}, 1);
    parentPort.on('message', () => parentPort.postMessage(bytes.indexOf(2)));
    parentPort.postMessage('ready');`;
  const workers = Array.from({ length: threads }, () => new Worker(search, { eval: true }));
  const answers = () =>
    Promise.all(workers.map((worker) => new Promise((done) => worker.once('message', done))));
  await answers();
  const seconds = await best(clock, () => {
    const all = answers();
    for (const worker of workers) worker.postMessage('search');
    return all;
  });
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (threads * bytes) / seconds;
}

async function best(clock: Clock, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) least = Math.min(least, (await costOf(work))[clock]);
  return least;
}
