import { basename, join } from 'node:path';
import { progressInWords } from '../../core/audit/progress';
import { WhenceError } from '../../core/errors';
import type { HeadScores, ModelInfo } from '../../core/model';
import type {
  InitializeParams,
  NotificationName,
  Notifications,
  ParamsOf,
  Question,
  ResultOf,
} from '../../core/protocol';
import type { Model } from '../model';
import type { Grammars } from '../syntax/grammars';
import { Indexing } from './indexing';
import { Queue } from './queue';
import { requireRuntime } from './runtime';
import { openStorage } from './storage';
import { WarmUp } from './warmUp';

type IndexQuestions = typeof import('../partIndex/questions');

/** What a handler knows of the request beside its parameters. */
export interface Context {
  readonly signal: AbortSignal;
  notify<N extends NotificationName>(name: N, params: Omit<Notifications[N], 'stream'>): void;
}

export type Handlers = {
  readonly [N in Question | 'model/load']: (params: ParamsOf<N>, context: Context) => Promise<ResultOf<N>>;
};

/**
 * Answers the protocol's questions with one model at a time. Whatever needs ONNX Runtime is imported when it is first
 * used: the process starts faster, and can say so in a sentence where there is no runtime for the platform.
 */
export class Engine {
  readonly #settings: InitializeParams;
  readonly #storage: Promise<string | null>;
  readonly #queue = new Queue();
  readonly #warmUp = new WarmUp((signal) => this.#queue.run(() => this.#rehearse(signal), signal));
  #parsers: Promise<Grammars> | null = null;
  readonly #indexing = new Indexing();
  #loaded: { readonly path: string; readonly model: Model } | null = null;
  readonly #log: (sentence: string) => void;

  constructor(settings: InitializeParams, log: (sentence: string) => void) {
    this.#log = log;
    this.#settings = settings;
    this.#storage = openStorage(settings.storage, log);
  }

  readonly handlers: Handlers = {
    'model/load': ({ path }, context) => this.#turn(() => this.#load(path, context), context.signal),

    'model/find': async (params) => {
      const { findModels } = await import('../checkpoint/discovery');
      return findModels(params);
    },

    'model/heads': (_, context) => this.#withModel(context, (model) => this.#headScores(model, context)),

    'index/build': async ({ corpus }, context) => {
      const model = await this.#withModel(context, async (loaded) => loaded);
      return this.#indexing.build(model, corpus, {
        signal: context.signal,
        storage: await this.#storage,
        keptBytes: this.#settings.cacheBytes,
        turn: (work) => this.#turnWith(model, work, context),
        // How far that is by itself would lead back and forth.
        scores: () => this.#headScores(model, { ...context, notify: () => undefined }),
        onProgress: (message, fraction) => context.notify('progress', { message, fraction }),
      });
    },

    'index/discard': async (_, context) => {
      const model = await this.#withModel(context, async (loaded) => loaded);
      await this.#indexing.discard(model, await this.#storage);
      return null;
    },

    'index/status': async (_, context) => {
      await this.#indexing.settled();
      return this.#withIndex(context, async ({ status }, model) => status(model, await this.#storage));
    },

    'index/part': ({ part }, context) =>
      this.#withIndex(context, async ({ partOf }, model) => partOf(model, await this.#storage, part)),

    'index/names': (_, context) =>
      this.#withIndex(context, async ({ namesOf }, model) =>
        namesOf(model, await this.#storage, context.signal),
      ),

    generate: (params, context) =>
      this.#withModel(context, async (model) => {
        const { generate } = await import('../run/generate');
        const onToken = (token: Notifications['generate/token']['token']) =>
          context.notify('generate/token', { token });
        return generate(model, params, { signal: context.signal, onToken });
      }),

    branch: (params, context) =>
      this.#withModel(context, async (model) => {
        const { branch } = await import('../run/generate');
        return branch(model, params, { signal: context.signal });
      }),

    score: (params, context) =>
      this.#withModel(context, async (model) => {
        const { score } = await import('../run/score');
        return score(model, params, { signal: context.signal });
      }),

    explain: (params, context) =>
      this.#withModel(context, async (model) => {
        const { explain } = await import('../explain/explain');
        return explain(model, params, {
          signal: context.signal,
          onAttributed: (explanation) => context.notify('explain/attributed', { explanation }),
        });
      }),

    paraphrase: (params, context) =>
      this.#withModel(context, async (model) => {
        const { paraphrase } = await import('../explain/paraphrase');
        return paraphrase(model, await this.#grammars(), params, context.signal);
      }),

    segments: async ({ text, language }) => {
      const { segmentsOf } = await import('../syntax/segments');
      return segmentsOf(await this.#grammars(), text, language);
    },

    trace: (params, context) =>
      this.#withModel(context, async (model) => {
        const { trace } = await import('../circuit/ask');
        return trace(model, params, {
          signal: context.signal,
          onProgress: (nodes) =>
            context.notify('progress', {
              message: `Tracing: ${nodes} of ${params.nodes} parts`,
              fraction: nodes / params.nodes,
            }),
          onGrown: (circuit) => context.notify('trace/grown', { circuit }),
        });
      }),

    'circuit/run': (params, context) =>
      this.#withModel(context, async (model) => {
        const { askCircuit } = await import('../circuitTest/ask');
        return askCircuit(model, params, {
          signal: context.signal,
          headScores: () => this.#headScores(model, context),
          onCase: (measured) => context.notify('circuit/case', measured),
        });
      }),

    'audit/run': (params, context) =>
      this.#withModel(context, async (model) => {
        const { askAudit } = await import('../audit/ask');
        return askAudit(model, params, {
          // The sample of ordinary code lies beside dist.
          corpus: join(__dirname, '..', 'corpus'),
          signal: context.signal,
          onProgress: (progress) =>
            context.notify('progress', {
              message: progressInWords(progress),
              fraction: progress.done / progress.of,
            }),
        });
      }),

    whatIf: (params, context) =>
      this.#withModel(context, async (model) => {
        const { whatIf } = await import('../explain/whatIf');
        return whatIf(model, params, context.signal);
      }),

    'whatIf/rank': (params, context) =>
      this.#withModel(context, async (model) => {
        const { rankSources } = await import('../explain/whatIf');
        const onProgress = (fraction: number) =>
          context.notify('progress', { message: 'Leaving out one source after another', fraction });
        return rankSources(model, params, { signal: context.signal, onProgress });
      }),

    headScore: (params, context) =>
      this.#withModel(context, async (model) => {
        const { headScore } = await import('../circuit/headScore');
        return headScore(model, params, context.signal);
      }),

    intervene: (params, context) =>
      this.#withModel(context, async (model) => {
        const { intervene } = await import('../change/intervene');
        return intervene(model, params, { signal: context.signal });
      }),

    'steer/make': (params, context) =>
      this.#withModel(context, async (model) => {
        const { makeSteering } = await import('../change/steering');
        const onProgress = (fraction: number) =>
          context.notify('progress', { message: 'Reading the examples', fraction });
        return makeSteering(model, params, { signal: context.signal, onProgress });
      }),

    'circuit/test': (params, context) =>
      this.#withModel(context, async (model) => {
        const { testCircuit } = await import('../change/testCircuit');
        const onProgress = (fraction: number) =>
          context.notify('progress', { message: 'Testing the circuit', fraction });
        return testCircuit(model, params, { signal: context.signal, onProgress });
      }),
  };

  /** The grammars lie beside the program, dist/server.js. */
  #grammars(): Promise<Grammars> {
    this.#parsers ??= import('../syntax/grammars').then(
      ({ Grammars }) => new Grammars(join(__dirname, 'tree-sitter')),
    );
    return this.#parsers;
  }

  async #headScores(model: Model, { signal, notify }: Context): Promise<readonly HeadScores[]> {
    const { headScoresOf } = await import('../explain/headCache');
    const folder = await this.#storage;
    return headScoresOf(model, folder === null ? null : { folder, limit: this.#settings.cacheBytes }, {
      signal,
      onProgress: (fraction) => notify('progress', { message: 'Measuring what each head does', fraction }),
    });
  }

  async #load(path: string, context: Context): Promise<ModelInfo> {
    if (this.#loaded?.path === path) return this.#loaded.model.info;
    context.notify('progress', { message: `Loading ${basename(path)}.`, fraction: null });
    await requireRuntime();
    const { loadModel } = await import('../run/load');
    await this.#loaded?.model.close();
    this.#loaded = null;
    const options = {
      threads: this.#settings.threads,
      storage: await this.#storage,
      expandedBytes: this.#settings.cacheBytes,
      progress: (done: number, total: number) =>
        context.notify('progress', { message: `Expanding ${basename(path)}.`, fraction: done / total }),
      warn: (sentence: string) => {
        this.#log(sentence);
        context.notify('progress', { message: sentence, fraction: null });
      },
    };
    const model = await loadModel(path, options, context.signal);
    this.#loaded = { path, model };
    this.#warmUp.want();
    return model.info;
  }

  async #rehearse(signal: AbortSignal): Promise<void> {
    if (!this.#loaded) return;
    const { rehearse } = await import('../explain/rehearse');
    await rehearse(this.#loaded.model, signal);
  }

  /** Does a piece of work when it is its turn. */
  #turn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#warmUp.during(() => this.#queue.run(work, signal));
  }

  /** A piece of a long job, at which another model may have been loaded since the last one. */
  #turnWith<T>(model: Model, work: () => Promise<T>, context: Context): Promise<T> {
    return this.#turn(() => {
      if (this.#loaded?.model === model) return work();
      const { id } = model.info;
      const message = `The index of ${id} is not finished, because another model was loaded: choose ${id} again, and go on with Whence: Index This Model.`;
      throw new WhenceError('bad-argument', message);
    }, context.signal);
  }

  #withIndex<T>(context: Context, work: (questions: IndexQuestions, model: Model) => Promise<T>): Promise<T> {
    return this.#withModel(context, async (model) => work(await import('../partIndex/questions'), model));
  }

  #withModel<T>(context: Context, work: (model: Model) => Promise<T>): Promise<T> {
    return this.#turn(() => {
      if (!this.#loaded) throw new WhenceError('bad-argument', 'No model is loaded: send model/load first.');
      return work(this.#loaded.model);
    }, context.signal);
  }
}
