// llama.cpp, through node-llama-cpp, as a process of its own, for the bench of speed.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Runner, textOf } from './runner';
import { serve } from './serve';

/** What is used here of node-llama-cpp 3, which is not among the packages of this repository. */
interface NodeLlamaCpp {
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<LlamaModel> }>;
  readonly LlamaLogLevel: { readonly error: unknown };
}

interface LlamaModel {
  createContext(options: object): Promise<{ getSequence(): LlamaSequence; dispose(): Promise<void> }>;
  dispose(): Promise<void>;
}

interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: readonly number[], options: object): AsyncGenerator<number>;
}

const contextSize = 2048;
const batchSize = 512;
const vocabulary = Number(process.argv[3]);
/** A text that would have ended goes on all the same. */
const greedy = { temperature: 0, yieldEogToken: true };

let loaded: { model: LlamaModel; context: { dispose(): Promise<void> }; sequence: LlamaSequence } | null =
  null;
let token = 0;

const llama: Runner = {
  async load(path, threads) {
    const { getLlama, LlamaLogLevel } = await library();
    const runtime = await getLlama({
      gpu: false,
      build: 'never',
      logLevel: LlamaLogLevel.error,
      maxThreads: threads,
    });
    const model = await runtime.loadModel({ modelPath: path });
    const context = await model.createContext({ contextSize, batchSize, threads });
    loaded = { model, context, sequence: context.getSequence() };
    await llama.prefill(64);
    await llama.decode(1);
  },

  async prefill(count) {
    const { sequence } = loaded!;
    await sequence.clearHistory();
    token = await first(sequence.evaluate(textOf(count, vocabulary), greedy));
    return token;
  },

  async decode(count) {
    let done = 0;
    for await (const next of loaded!.sequence.evaluate([token], greedy)) {
      token = next;
      if (++done === count) return;
    }
  },

  async unload() {
    await loaded!.context.dispose();
    await loaded!.model.dispose();
  },
};

async function library(): Promise<NodeLlamaCpp> {
  const { resolve } = createRequire(join(process.argv[2]!, 'package.json'));
  return import(pathToFileURL(resolve('node-llama-cpp')).href);
}

async function first(tokens: AsyncGenerator<number>): Promise<number> {
  for await (const token of tokens) return token;
  throw new Error('llama.cpp chose no token.');
}

serve(llama);
