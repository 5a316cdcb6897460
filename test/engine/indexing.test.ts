import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { CorpusRequest } from '../../src/core/partIndex/status';
import type { IndexedHead, IndexedNeuron } from '../../src/core/partIndex/types';
import { generation, pause, TestEngine } from './support/engine';

describe('indexing in the engine', function () {
  this.timeout(120_000);
  let engine: TestEngine;
  let corpus: CorpusRequest;

  beforeEach(async () => {
    engine = await TestEngine.create();
    const folder = await mkdtemp(join(tmpdir(), 'whence-corpus-'));
    for (let file = 0; file < 10; file++) {
      const text = Array.from(
        { length: 60 },
        (_, at) => `def f${file}${at}(self, x):\n    return self.a${at}[x]\n\n`,
      );
      await writeFile(join(folder, `${file}.py`), text.join(''));
    }
    corpus = { name: 'mine', folders: [folder], texts: 40 };
  });
  afterEach(async () => {
    assert.deepEqual(await engine.dispose(), []);
    await rm(corpus.folders[0]!, { recursive: true });
  });

  const ask = () => engine.process;

  it('the embedded model has an index from the start: evidence, names, what it is about', async () => {
    const status = await ask().request('index/status', {});
    assert.equal(status.index?.corpus.name, 'bundled');
    assert.equal(status.begun, null);
    const found = (await ask().request('index/part', { part: 'L2H0' }))!;
    assert.ok((found.part as IndexedHead).scores.roles.includes('induction'));
    const names = await ask().request('index/names', {});
    const neuron = names.find(({ part }) => part.startsWith('L3N'))!;
    const { part } = (await ask().request('index/part', { part: neuron.part }))!;
    const side = (part as IndexedNeuron).sides.find(({ sign }) => sign === neuron.sign)!;
    assert.deepEqual(side.label, neuron.label);
    await assert.rejects(ask().request('index/part', { part: 'L7N1' }), { code: 'bad-argument' });
  });

  it('answers other questions meanwhile, and shows the new index at once', async () => {
    let answered = 0;
    const after: number[] = [];
    const built = ask().request(
      'index/build',
      { corpus },
      {
        onNotification: ({ name, params }) => {
          if (name === 'progress' && params.fraction !== null && answered > 0) after.push(params.fraction);
        },
      },
    );
    await pause(300);
    await ask().request('generate', { ...generation, maxTokens: 4 });
    answered++;
    const { corpus: described } = await built;
    assert.ok(after.length > 0, 'the answer did not wait for the index');
    assert.deepEqual(
      after,
      [...after].sort((a, b) => a - b),
    );
    assert.equal(described.name, 'mine');
    assert.equal(described.texts, 40);
    const found = (await ask().request('index/part', { part: 'L3N118' }))!;
    assert.deepEqual(found.corpus, described);
    assert.ok((found.part as IndexedNeuron).sides[0]!.contexts.every(({ file }) => /^\d\.py$/.test(file)));
  });

  it('withdrawn it keeps what it has, asked again it goes on; discarded it is forgotten', async () => {
    const begin = async (until: number) => {
      const source = new CancellationTokenSource();
      let seen = 0;
      const built = ask().request(
        'index/build',
        { corpus },
        {
          token: source.token,
          onNotification: ({ name }) => {
            if (name === 'progress' && ++seen === until) source.cancel();
          },
        },
      );
      await assert.rejects(built, { code: 'cancelled' });
      return (await ask().request('index/status', {})).begun;
    };
    const first = (await begin(5))!;
    assert.deepEqual(first.corpus, corpus);
    assert.ok(first.done >= 4 && first.done < 20, `${first.done}`);
    assert.equal(first.texts, 40);
    const second = (await begin(5))!;
    assert.ok(second.done >= first.done + 3, `${first.done}, then ${second.done}`);
    await ask().request('index/discard', {});
    assert.equal((await ask().request('index/status', {})).begun, null);
    assert.equal((await ask().request('index/status', {})).index?.corpus.name, 'bundled');
  });

  it('goes on after the engine was killed, by itself', async () => {
    let seen = 0;
    const built = ask().request(
      'index/build',
      { corpus },
      { onNotification: ({ name }) => name === 'progress' && ++seen === 10 && engine.crash() },
    );
    assert.equal((await built).corpus.texts, 40);
    assert.equal(engine.children.length, 2);
  });

  it('is one job at a time', async () => {
    const first = ask().request('index/build', { corpus });
    await pause(200);
    await assert.rejects(ask().request('index/build', { corpus }), {
      code: 'bad-argument',
      message: /An index is being made already/,
    });
    assert.equal((await first).corpus.texts, 40);
  });
});
