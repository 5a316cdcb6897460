import type { AuditReports, RunAuditParams } from './audit/asked';
import type { PromptText } from './circuitFile/cases';
import type { CircuitResult, MeasuredCase } from './circuitFile/result';
import type { CircuitTested, TestCircuitParams } from './circuitTest';
import type { ErrorCode } from './errors';
import type { Explanation, Method, MethodSettings } from './explanation';
import type {
  BranchParams,
  GenerateParams,
  GenerateResult,
  ScoredToken,
  ScoreParams,
  ScoreResult,
} from './generation';
import type { Segments } from './granularity';
import type { HeadScore, HeadScoreParams } from './headScore';
import type { Intervened, InterveneParams } from './intervention';
import type { FoundModel, HeadScores, ModelInfo } from './model';
import type { Paraphrase } from './paraphrase';
import type { CorpusRequest, IndexStatus } from './partIndex/status';
import type { FoundPart, IndexInfo, NamedPart } from './partIndex/types';
import type { MakeSteeringParams, SteeringVector } from './steering';
import type { TracedCircuit, TraceParams } from './traced';
import type { RankSourcesParams, SourceRanking, WhatIf, WhatIfParams } from './whatIf';

/**
 * What the extension host and the engine's process say to each other: JSON-RPC through vscode-jsonrpc over the IPC
 * channel of a forked child. Every request can be cancelled and can fail; the error's `data.code` is an `ErrorCode`.
 */
export const protocolVersion = 1;

export interface InitializeParams {
  readonly protocolVersion: number;
  /** A folder the engine may write caches to (head roles, file hashes, expanded models); little needs it. */
  readonly storage: string;
  /** Threads of a session; 0 lets the engine choose. */
  readonly threads: number;
  /** End the process after so many seconds without a question. */
  readonly idleSeconds: number;
  /** Most bytes that each of the caches in `storage` may take. */
  readonly cacheBytes: number;
}

export interface InitializeResult {
  readonly protocolVersion: number;
  readonly pid: number;
}

export interface LoadModelParams {
  /** Absolute path of a model folder. */
  readonly path: string;
}

export interface FindModelsParams {
  /** The embedded model's folder. */
  readonly embedded: string;
  /** Folders the user named: model folders, or folders of model folders. */
  readonly folders: readonly string[];
}

export interface ExplainParams {
  /** Token ids of the whole text, as a record keeps them, the explained token's context at least. */
  readonly ids: readonly number[];
  /** Index of the explained token in `ids`; `ids.length` asks for the token that would come next. */
  readonly position: number;
  /** Explain the tokens from `position` up to here, exclusive, as one span: the sum over them. Absent, one token. */
  readonly end?: number;
  /** Explain this token instead of the one at `position` (text; its first token counts); null for that one. */
  readonly target: string | null;
  /** "Why not this one?": text, of which the first token that differs from the target's counts. */
  readonly contrast: string | null;
  /** Run the measured check as well. */
  readonly verify: boolean;
  /** How sources and total effects are computed; absent, `defaultMethod`. */
  readonly method?: Method;
  /** Explain the log-probability in place of the logit; not together with a contrast. */
  readonly logProbability?: boolean;
  /** Token ids of another context, as many as this one's, that attribution patching compares with. */
  readonly counterfactual?: readonly number[];
  /** What is absent has its value in `defaultSettings`. */
  readonly settings?: Partial<MethodSettings>;
  /** Also name so many neurons. */
  readonly neurons?: number;
}

export interface RunCircuitParams {
  /** Of the circuit file. */
  readonly text: string;
  /** One for each of the file's prompts, in their order: who asks has read those that lie in files. */
  readonly prompts: readonly PromptText[];
  /** Which expectations to measure, by their place in the file from 0; null for all. */
  readonly expectations: readonly number[] | null;
  /** The steering vectors that the file names, by the paths that it writes. */
  readonly vectors?: Readonly<Record<string, SteeringVector>>;
}

/** The question whose explanation is to be tested: of one token, without a contrast. */
export interface ParaphraseParams extends Omit<ExplainParams, 'end' | 'contrast' | 'verify'> {
  /** VS Code's language id, by which the program is rewritten; null for plain text. */
  readonly language: string | null;
}

export interface SegmentsParams {
  readonly text: string;
  /** VS Code's language id; null for plain text, whose segments are told by the text alone. */
  readonly language: string | null;
}

/** Notifications carry the `stream` that the request named, so that several can be under way. */
export interface Streamed {
  readonly stream: number;
}

/** Requests: name → [params, result]. */
export interface Requests {
  initialize: [InitializeParams, InitializeResult];
  'model/load': [LoadModelParams & Streamed, ModelInfo];
  'model/find': [FindModelsParams, readonly FoundModel[]];
  /** Measured at the first call, then from the cache. */
  'model/heads': [Streamed, readonly HeadScores[]];
  /**
   * Makes the loaded model's index and keeps it in `storage`. Other questions are answered meanwhile. Withdrawn, it keeps
   * what it has, and the same request goes on from there.
   */
  'index/build': [{ readonly corpus: CorpusRequest } & Streamed, IndexInfo];
  /** Forgets what a job has measured that was withdrawn. */
  'index/discard': [Streamed, null];
  'index/status': [Streamed, IndexStatus];
  /** What the index of the loaded model knows of a part, named `L3H2` or `L3N118`; null before there is an index. */
  'index/part': [{ readonly part: string } & Streamed, FoundPart | null];
  /** Every part that has a name by rule; none before there is an index. */
  'index/names': [Streamed, readonly NamedPart[]];
  generate: [GenerateParams & Streamed, GenerateResult];
  /** Goes on from another token than the one that was written. */
  branch: [BranchParams & Streamed, GenerateResult];
  score: [ScoreParams & Streamed, ScoreResult];
  explain: [ExplainParams & Streamed, Explanation];
  /** Does the explanation hold when the program is renamed, reformatted, and when its source has another name? */
  paraphrase: [ParaphraseParams & Streamed, Paraphrase];
  /** Names, lines, statements and blocks of a text, by its grammar where there is one. Needs no model. */
  segments: [SegmentsParams, Segments];
  /** Its expectations are those that were asked for. */
  'circuit/run': [RunCircuitParams & Streamed, CircuitResult];
  /** Withdrawn, what was measured is kept, and the same request goes on from there. */
  'audit/run': [RunAuditParams & Streamed, AuditReports];
  /** What becomes of a token and of the continuation when parts of the model are changed. */
  intervene: [InterveneParams & Streamed, Intervened];
  /** The direction from some examples to others, for changes to add. */
  'steer/make': [MakeSteeringParams & Streamed, SteeringVector];
  /** How much of the answer a circuit makes alone, and what is made without it. */
  'circuit/test': [TestCircuitParams & Streamed, CircuitTested];
  trace: [TraceParams & Streamed, TracedCircuit];
  /** The next token of a context that is changed in memory. */
  whatIf: [WhatIfParams & Streamed, WhatIf];
  'whatIf/rank': [RankSourcesParams & Streamed, SourceRanking];
  /** Why a head looks from one token at another. */
  headScore: [HeadScoreParams & Streamed, HeadScore];
  shutdown: [null, null];
}

/** Notifications from the engine: name → params. */
export interface Notifications {
  /** `fraction` in [0, 1], or null when the end cannot be told. */
  progress: Streamed & { readonly message: string; readonly fraction: number | null };
  'generate/token': Streamed & { readonly token: ScoredToken };
  /** The explanation before its measured check. */
  'explain/attributed': Streamed & { readonly explanation: Explanation };
  /** One case of a circuit file is measured. */
  'circuit/case': Streamed & MeasuredCase;
  /** A circuit while it grows, best parts first: whoever withdraws the question has the last one. */
  'trace/grown': Streamed & { readonly circuit: TracedCircuit };
}

export type RequestName = keyof Requests;
export type ParamsOf<N extends RequestName> = Requests[N][0];
export type ResultOf<N extends RequestName> = Requests[N][1];
export type NotificationName = keyof Notifications;

/** What the extension asks the engine; the process around it answers for the handshake, loading and the end itself. */
export type Question = Exclude<RequestName, 'initialize' | 'model/load' | 'shutdown'>;

/** The `data` of every JSON-RPC error the engine answers with; `stack` is for the log, never for people. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly stack: string | null;
}
