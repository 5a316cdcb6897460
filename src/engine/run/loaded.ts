import { WhenceError } from '../../core/errors';
import type { ModelInfo } from '../../core/model';
import { availableMemory } from '../checkpoint/memory';
import type { Program } from '../compile/graphs';
import type {
  BackwardRequest,
  Decoder,
  ForwardRequest,
  ForwardResult,
  Intervention,
  Model,
  PullRequest,
  Tokenizer,
} from '../model';
import type { Tensor } from '../tensor';
import { backward } from './backward';
import { CachedDecoder } from './decoder';
import { forward } from './forward';
import { Machine } from './machine';
import { meanEmbedding } from './meanEmbedding';
import { pull } from './pull';
import { readout } from './readout';
import { checkPackedRoom } from './room';

/** A model that is ready to run. Several questions may be under way at once; they take turns between runs. */
export class LoadedModel implements Model {
  readonly hookNames: readonly string[];
  readonly hookShapes: Model['hookShapes'];
  private readonly machine: Machine;
  private mean: Tensor | null = null;
  /** Whether kernels hold, or are about to hold, packed matrices of their own: they are no longer counted then. */
  private packed = false;

  constructor(
    readonly info: ModelInfo,
    readonly tokenizer: Tokenizer,
    program: Program,
    threads: number,
    /** Bytes of memory that there are for it; those that are free without it. */
    private readonly memory?: number,
  ) {
    this.machine = new Machine(program, threads);
    this.hookNames = [...this.machine.stageOf.keys()];
    this.hookShapes = new Map(
      program.stages.flatMap(({ hooks }) => [...hooks].map(([name, { dims }]) => [name, dims] as const)),
    );
  }

  forward(request: ForwardRequest): Promise<ForwardResult> {
    return forward(this.machine, request);
  }

  backward(request: BackwardRequest): Promise<ReadonlyMap<string, Tensor>> {
    return backward(this.machine, request);
  }

  pull(request: PullRequest): Promise<ReadonlyMap<string, Tensor>> {
    return pull(this.machine, request);
  }

  async readout(residual: Tensor, signal?: AbortSignal): Promise<Tensor> {
    const { dims } = residual;
    if (dims.length === 3 && dims[2] === this.info.hiddenSize) return readout(this.machine, residual, signal);
    throw new WhenceError(
      'bad-argument',
      `A residual stream is [B, S, ${this.info.hiddenSize}], not [${dims}].`,
    );
  }

  async meanEmbedding(signal?: AbortSignal): Promise<Tensor> {
    this.mean ??= await meanEmbedding(this.machine, signal);
    return this.mean;
  }

  get quantised(): boolean {
    return this.machine.program.weights.quantised;
  }

  decoder(interventions: readonly Intervention[] = [], quantised = false): Decoder {
    if (quantised && !this.packed) {
      const { packedBytes } = this.machine.program.weights;
      checkPackedRoom(this.info.id, packedBytes, this.memory ?? availableMemory());
      this.packed = true;
    }
    return new CachedDecoder(this.machine, interventions, quantised && this.quantised);
  }

  close(): Promise<void> {
    return this.machine.sessions.close();
  }
}
