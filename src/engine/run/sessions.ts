import './noTelemetry';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { WhenceError } from '../../core/errors';
import type { StageGraph } from '../compile/graphs';

/**
 * Sessions that are kept at a time. Each costs some hundred kilobytes and some milliseconds to make again; a model of
 * 30 blocks needs 32 for each set of hooks.
 */
const maxSessions = 512;

export type Feeds = Readonly<Record<string, Tensor>>;

interface Made<G extends StageGraph> {
  readonly graph: G;
  /** Null for graphs that compute nothing. */
  readonly session: InferenceSession | null;
}

interface Slot {
  readonly made: Promise<Made<StageGraph>>;
  /** Runs under way: a session in use is never released. */
  users: number;
}

/** The sessions of one model, made when first asked for and kept by what they compute. */
export class Sessions {
  /** In the order of last use. */
  private readonly slots = new Map<string, Slot>();

  constructor(
    private readonly weightFolder: string,
    private readonly threads: number,
    private readonly limit = maxSessions,
  ) {}

  /**
   * Runs a graph. The signature stands for the graph: the same signature, the same graph. Gives what the graph was
   * asked for by its labels; an output that is an input comes back as it was fed. Outputs are also written into the memory
   * that `place` gives for their labels.
   */
  async run<G extends StageGraph>(
    signature: string,
    compile: () => G,
    feed: (graph: G) => Feeds,
    place: (graph: G) => Feeds = () => ({}),
  ): Promise<ReadonlyMap<string, Tensor>> {
    const slot = this.slot(signature, compile);
    slot.users++;
    try {
      await this.trim();
      const { graph, session } = (await slot.made) as Made<G>;
      const feeds = feed(graph);
      const used = Object.fromEntries(graph.inputs.map((name) => [name, feeds[name]!]));
      const places = place(graph);
      const fetches = Object.fromEntries(
        [...graph.outputs].map(([label, name]) => [name, places[label] ?? null]),
      );
      const results = session ? await session.run(used, fetches).catch(explained) : {};
      return new Map([...graph.outputs].map(([label, name]) => [label, results[name] ?? feeds[name]!]));
    } finally {
      slot.users--;
    }
  }

  async close(): Promise<void> {
    const slots = [...this.slots.values()];
    this.slots.clear();
    for (const { made } of slots) await (await made).session?.release();
  }

  private slot(signature: string, compile: () => StageGraph): Slot {
    const slot = this.slots.get(signature) ?? { made: this.make(compile), users: 0 };
    this.slots.delete(signature);
    this.slots.set(signature, slot);
    slot.made.catch(() => this.slots.delete(signature));
    return slot;
  }

  private async make<G extends StageGraph>(compile: () => G): Promise<Made<G>> {
    const graph = compile();
    if (graph.empty) return { graph, session: null };
    return {
      graph,
      session: await InferenceSession.create(graph.model, this.options(graph)).catch(explained),
    };
  }

  /** Lets go of the sessions that were used longest ago. */
  private async trim(): Promise<void> {
    for (const [signature, { made, users }] of this.slots) {
      if (this.slots.size <= this.limit) return;
      if (users > 0) continue;
      this.slots.delete(signature);
      await (await made).session?.release();
    }
  }

  private options({ packed }: StageGraph): InferenceSession.SessionOptions {
    return {
      intraOpNumThreads: this.threads,
      logSeverityLevel: 3,
      // Every node runs as it was compiled, so that a value is the same to the last bit whatever else is asked for.
      graphOptimizationLevel: 'disabled',
      // An arena or a plan of memory for each of many sessions doubles what the process holds, and nothing gets faster.
      enableCpuMemArena: false,
      enableMemPattern: false,
      extra: {
        session: {
          model_external_initializers_file_folder_path: this.weightFolder,
          // Repacked weights would be a private copy of the mapped ones; quantised ones are slow without.
          disable_prepacking: packed ? '0' : '1',
          intra_op: { allow_spinning: '0' },
        },
      },
    };
  }
}

/** What onnxruntime throws, in our words: memory that ran out, or weights that are no longer where they were. */
function explained(cause: unknown): never {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|bad allocation|Failed to allocate|out of memory/i.test(text)) {
    const message =
      'There is not enough free memory for this. Close something, shorten the text, or choose a smaller model.';
    throw new WhenceError('out-of-memory', message, { cause });
  }
  if (/external initializer|external data|file_size|memory map/i.test(text)) {
    const message =
      'The weights of the model cannot be mapped; the files changed after it was loaded. Load it again.';
    throw new WhenceError('model-broken', message, { cause });
  }
  throw new WhenceError('internal', `onnxruntime failed: ${text}`, { cause });
}
