import type { Method } from '../core/explanation';
import type { Granularity } from '../core/granularity';
import type { ContextChange } from '../core/whatIf';
import type { CaseTarget } from './circuits/cases';

/**
 * What package.json contributes, as types: a command, setting, context key, view or colour that is not here does not
 * compile, and a test compares these lists with package.json both ways.
 */

/**
 * A token of a record; with `contrast`, the question why it is not that text instead; with `end`, exclusive, the span of
 * tokens up to there.
 */
export interface TokenRef {
  readonly record: string;
  readonly index: number;
  readonly end?: number;
  readonly contrast?: string;
}

/** What would change a token: a change of its context, all sources one after another, or the source at a token. */
export interface ChangeRef extends TokenRef {
  readonly change?: ContextChange | 'rank';
  readonly word?: number;
}

/** A head of a token's explanation and the token it looks at. */
export interface LookRef extends TokenRef {
  /** Null for the place that the head looks at most. */
  readonly look?: { readonly layer: number; readonly head: number; readonly key: number | null };
}

export interface MethodRef extends TokenRef {
  readonly method?: Method;
}

export interface GranularityRef extends TokenRef {
  readonly granularity?: Granularity;
}

/** A token with what is to be taken in its place. */
export interface BranchRef extends TokenRef {
  readonly alternative?: { readonly id: number | null; readonly text: string };
}

/** The commands with the arguments they take; all of them can also be run with none. */
export interface Commands {
  'whence.completeHere': [];
  'whence.explainSelection': [];
  'whence.explainToken': [TokenRef?];
  'whence.explainSuggestion': [];
  'whence.whyNot': [TokenRef?];
  'whence.copiedFrom': [TokenRef?];
  'whence.whatChanges': [ChangeRef?];
  'whence.branchHere': [BranchRef?];
  'whence.whyHeadLooks': [LookRef?];
  'whence.holdsWhenRenamed': [TokenRef?];
  'whence.chooseMethod': [MethodRef?];
  'whence.chooseGranularity': [GranularityRef?];
  'whence.showCircuit': [TokenRef?];
  /** A URI. */
  'whence.openGraph': [string?];
  'whence.exportGraph': [];
  'whence.markSources': [TokenRef?];
  'whence.saveCircuitTest': [TokenRef?];
  'whence.openExample': [];
  /** A URI. */
  'whence.runAudit': [string?];
  'whence.explainCase': [CaseTarget?];
  'whence.showCaseCircuit': [CaseTarget?];
  'whence.scan': [];
  'whence.clearMarks': [];
  'whence.followCursor': [];
  'whence.stopFollowing': [];
  'whence.makeSteering': [];
  'whence.steer': [];
  'whence.stopSteering': [];
  'whence.selectModel': [];
  'whence.indexModel': [];
  'whence.pauseIndexing': [];
  'whence.cancelIndexing': [];
  'whence.restartEngine': [];
  'whence.showLog': [];
  'whence.cancel': [];
  'whence.plainMode': [];
  'whence.expertMode': [];
  'whence.revealToken': [TokenRef?];
  'whence.revealRecord': [RecordRef?];
  'whence.deleteRecord': [RecordRef?];
  'whence.deleteAllRecords': [];
  'whence.completionAccepted': [string?];
}

/** A record, as the tree hands it to a command. */
export interface RecordRef {
  readonly record: string;
}

export type CommandId = keyof Commands;

/** The object makes sure that none is forgotten. */
export const commandIds = Object.keys({
  'whence.completeHere': null,
  'whence.explainSelection': null,
  'whence.explainToken': null,
  'whence.explainSuggestion': null,
  'whence.whyNot': null,
  'whence.copiedFrom': null,
  'whence.whatChanges': null,
  'whence.branchHere': null,
  'whence.whyHeadLooks': null,
  'whence.holdsWhenRenamed': null,
  'whence.chooseMethod': null,
  'whence.chooseGranularity': null,
  'whence.showCircuit': null,
  'whence.openGraph': null,
  'whence.exportGraph': null,
  'whence.markSources': null,
  'whence.saveCircuitTest': null,
  'whence.openExample': null,
  'whence.runAudit': null,
  'whence.explainCase': null,
  'whence.showCaseCircuit': null,
  'whence.scan': null,
  'whence.clearMarks': null,
  'whence.followCursor': null,
  'whence.stopFollowing': null,
  'whence.makeSteering': null,
  'whence.steer': null,
  'whence.stopSteering': null,
  'whence.selectModel': null,
  'whence.indexModel': null,
  'whence.pauseIndexing': null,
  'whence.cancelIndexing': null,
  'whence.restartEngine': null,
  'whence.showLog': null,
  'whence.cancel': null,
  'whence.plainMode': null,
  'whence.expertMode': null,
  'whence.revealToken': null,
  'whence.revealRecord': null,
  'whence.deleteRecord': null,
  'whence.deleteAllRecords': null,
  'whence.completionAccepted': null,
} satisfies { [K in CommandId]: null }) as CommandId[];

/** `plain` for people without the field's vocabulary, `expert` with every number. */
export type Mode = 'plain' | 'expert';

export interface Settings {
  /** A model folder's path, or the name of one in `modelFolders`; empty for the embedded model. */
  'whence.model': string;
  'whence.modelFolders': readonly string[];
  /** 0 lets the engine choose. */
  'whence.threads': number;
  'whence.automaticCompletions': boolean;
  'whence.maxTokens': number;
  'whence.temperature': number;
  /** When sources are marked in the editor: `never`, when `asked`, or always under the `cursor`. */
  'whence.marks': 'never' | 'asked' | 'cursor';
  'whence.mode': Mode;
  'whence.idleMinutes': number;
  /** Megabytes. */
  'whence.cacheSize': number;
}

/** As in package.json; VS Code hands them out itself, and the test holds the two together. */
export const settingDefaults: Settings = {
  'whence.model': '',
  'whence.modelFolders': [],
  'whence.threads': 0,
  'whence.automaticCompletions': false,
  'whence.maxTokens': 48,
  'whence.temperature': 0.7,
  'whence.marks': 'asked',
  'whence.mode': 'plain',
  'whence.idleMinutes': 10,
  'whence.cacheSize': 20480,
};

/** Context keys for `when` clauses. */
export interface ContextKeys {
  /** Sources are marked in an editor. */
  'whence.marks': boolean;
  /** A scan marked something. */
  'whence.scanned': boolean;
  /** The marks follow the cursor. */
  'whence.followsCursor': boolean;
  /** A command of ours is under way and can be cancelled. */
  'whence.busy': boolean;
  /** An index of the model's parts is being made. */
  'whence.indexing': boolean;
  /** The active editor's document has a record. */
  'whence.hasRecord': boolean;
  /** There is a record of any document. */
  'whence.hasRecords': boolean;
  /** A circuit is shown in the circuit panel. */
  'whence.hasCircuit': boolean;
  /** Completions are steered. */
  'whence.steered': boolean;
  'whence.mode': Mode;
}

export const contextKeys = Object.keys({
  'whence.marks': null,
  'whence.scanned': null,
  'whence.followsCursor': null,
  'whence.busy': null,
  'whence.indexing': null,
  'whence.hasRecord': null,
  'whence.hasRecords': null,
  'whence.hasCircuit': null,
  'whence.steered': null,
  'whence.mode': null,
} satisfies { [K in keyof ContextKeys]: null }) as (keyof ContextKeys)[];

export const views = { explanation: 'whence.explanation', records: 'whence.records' } as const;

/** The webview panel beside the editor; package.json does not know of it. */
export const circuitPanelType = 'whence.circuit';

export const colors = {
  source: ['whence.source1', 'whence.source2', 'whence.source3', 'whence.source4', 'whence.source5'],
  against: ['whence.against1', 'whence.against2', 'whence.against3'],
  target: 'whence.target',
  copied: 'whence.copied',
  torn: 'whence.torn',
  unsupported: 'whence.unsupported',
  fresh: 'whence.fresh',
  stale: 'whence.stale',
  holds: 'whence.holds',
  fails: 'whence.fails',
} as const;
