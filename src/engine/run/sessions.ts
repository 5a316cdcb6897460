import { InferenceSession, type Tensor } from 'onnxruntime-node';
import type { StageGraph } from '../compile/graphs';

/**
 * Sessions that are kept at a time. Each costs about a megabyte and some milliseconds to make again; a model of 30
 * blocks needs 32 for each set of hooks.
 */
const maxSessions = 512;

export type Feeds = Readonly<Record<string, Tensor>>;

interface Entry<G extends StageGraph> {
  readonly graph: G;
  readonly session: InferenceSession | null;
  /** Runs under way: a session in use is never released. */
  users: number;
}

/** The sessions of one model, made when first asked for and kept by what they compute. */
export class Sessions {
  private readonly entries = new Map<string, Promise<Entry<StageGraph>>>();

  constructor(
    private readonly weightFolder: string,
    private readonly threads: number,
  ) {}

  /**
   * Runs a graph. The signature stands for the graph: the same signature, the same graph. Gives what the graph was
   * asked for by its labels; an output that is an input comes back as it was fed.
   */
  async run<G extends StageGraph>(
    signature: string,
    compile: () => G,
    feed: (graph: G) => Feeds,
  ): Promise<ReadonlyMap<string, Tensor>> {
    const entry = await this.entry(signature, compile);
    entry.users++;
    try {
      const { graph, session } = entry;
      const feeds = feed(graph);
      const used = Object.fromEntries(graph.inputs.map((name) => [name, feeds[name]!]));
      const results = session ? await session.run(used) : {};
      return new Map([...graph.outputs].map(([label, name]) => [label, results[name] ?? feeds[name]!]));
    } finally {
      entry.users--;
    }
  }

  async close(): Promise<void> {
    const entries = await Promise.all(this.entries.values());
    this.entries.clear();
    for (const { session } of entries) await session?.release();
  }

  private async entry<G extends StageGraph>(signature: string, compile: () => G): Promise<Entry<G>> {
    const known = this.entries.get(signature) as Promise<Entry<G>> | undefined;
    const entry = known ?? this.create(compile);
    // The map's order is that of last use.
    this.entries.delete(signature);
    this.entries.set(signature, entry);
    if (!known) {
      entry.catch(() => this.entries.delete(signature));
      await this.release();
    }
    return entry;
  }

  private async create<G extends StageGraph>(compile: () => G): Promise<Entry<G>> {
    const graph = compile();
    const session = graph.empty ? null : await InferenceSession.create(graph.model, this.options());
    return { graph, session, users: 0 };
  }

  /** Lets go of the sessions that were used longest ago. */
  private async release(): Promise<void> {
    for (const [signature, pending] of this.entries) {
      if (this.entries.size <= maxSessions) return;
      const entry = await pending;
      if (entry.users > 0) continue;
      this.entries.delete(signature);
      await entry.session?.release();
    }
  }

  private options(): InferenceSession.SessionOptions {
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
          // Repacked weights would be a private copy of the mapped ones.
          disable_prepacking: '1',
          intra_op: { allow_spinning: '0' },
        },
      },
    };
  }
}
