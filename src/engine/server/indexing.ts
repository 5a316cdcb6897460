import { rm } from 'node:fs/promises';
import { WhenceError } from '../../core/errors';
import type { HeadScores } from '../../core/model';
import type { CorpusRequest } from '../../core/partIndex/status';
import type { IndexInfo } from '../../core/partIndex/types';
import type { Model } from '../model';
import { trimFolder } from '../trim';

/** What a job needs of the engine. */
export interface IndexingContext {
  readonly signal: AbortSignal;
  /** The folder for caches; null where nothing can be kept. */
  readonly storage: string | null;
  /** Most bytes that the indexes of all models may take there. */
  readonly keptBytes: number;
  /** Does a piece of work when it is the job's turn; fails when the model is no longer the loaded one. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly scores: () => Promise<readonly HeadScores[]>;
  readonly onProgress: (message: string, fraction: number) => void;
}

/** Texts are most of a job, finding what the parts promote is the rest: for progress alone. */
const shareOfTexts = 0.9;

/** The engine's one index job. */
export class Indexing {
  #running: Promise<IndexInfo> | null = null;
  #signal: AbortSignal | null = null;

  async build(model: Model, corpus: CorpusRequest, context: IndexingContext): Promise<IndexInfo> {
    await this.settled();
    if (this.#running) {
      throw new WhenceError(
        'bad-argument',
        'An index is being made already: wait for it, or pause it first.',
      );
    }
    this.#signal = context.signal;
    this.#running = this.#build(model, corpus, context);
    try {
      return await this.#running;
    } finally {
      this.#running = null;
    }
  }

  /** Waits for a job that was withdrawn and still puts away what it has. */
  async settled(): Promise<void> {
    if (this.#signal?.aborted) await this.#running?.catch(() => undefined);
  }

  /** Forgets what a withdrawn job has kept of a model. */
  async discard(model: Model, storage: string | null): Promise<void> {
    await this.settled();
    if (storage === null) return;
    const { checkpointPlace } = await import('../partIndex/checkpoint');
    const { indexPlace } = await import('../partIndex/store');
    await rm(checkpointPlace(indexPlace(model, storage)), { force: true });
  }

  async #build(model: Model, corpus: CorpusRequest, context: IndexingContext): Promise<IndexInfo> {
    const { signal, storage, keptBytes, turn, scores, onProgress } = context;
    if (storage === null) {
      throw new WhenceError(
        'storage',
        'The index cannot be kept, because the storage folder cannot be written: free some space or mend its rights, then ask again.',
      );
    }
    const { buildIndex } = await import('../partIndex/build');
    const { indexFolder, indexOf, indexPlace } = await import('../partIndex/store');
    const { infoOf } = await import('../../core/partIndex/evidence');
    await buildIndex({
      model,
      corpus,
      out: indexPlace(model, storage),
      scores,
      turn,
      signal,
      onProgress: ({ doing, done, of }) =>
        doing === 'texts'
          ? onProgress(`Reading code: text ${done + 1} of ${of}`, (shareOfTexts * done) / of)
          : onProgress('Finding what the parts promote', shareOfTexts + ((1 - shareOfTexts) * done) / of),
    });
    await trimFolder(indexFolder(storage), keptBytes, () => true).catch(() => undefined);
    const file = await indexOf(model, storage);
    if (!file) {
      throw new WhenceError(
        'storage',
        'The index takes more than the cache may hold: raise whence.cacheSize, then make it again.',
      );
    }
    return infoOf(file);
  }
}
