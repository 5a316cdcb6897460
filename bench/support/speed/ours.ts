// Whence as a process of its own, for the bench of speed.
import { join } from 'node:path';
import type { Decoder, Model } from '../../../src/engine/model';
import { loadModel } from '../../../src/engine/run/load';
import { type Runner, textOf } from './runner';
import { serve } from './serve';

let model: Model | null = null;
let decoder: Decoder | null = null;
let token = 0;

const ours: Runner = {
  async load(path, threads) {
    const storage = join(process.argv[2]!, 'storage');
    model = await loadModel(path, { threads, storage, tokenizer: false });
    // Ready is who has answered: the graphs for texts and for single tokens are made when they are first needed.
    await ours.prefill(64);
    await ours.decode(1);
  },

  async prefill(count) {
    decoder = model!.decoder([], true);
    token = likeliest(await decoder.step(textOf(count, model!.info.vocabularySize)));
    return token;
  },

  async decode(count) {
    for (let i = 0; i < count; i++) token = likeliest(await decoder!.step([token]));
  },

  async unload() {
    await model!.close();
  },
};

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

serve(ours);
