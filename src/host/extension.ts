// Activation: makes the parts and connects them, nothing more. The engine starts with the first question.

import * as vscode from 'vscode';
import { AuditLens } from './audits/lens';
import { Audits } from './audits/runAudit';
import { CircuitCheck } from './circuits/check';
import { CircuitCompletion, triggers } from './circuits/completion';
import { CircuitEngine } from './circuits/engine';
import { CircuitExplorer } from './circuits/explorer';
import { CircuitHover } from './circuits/hover';
import { auditLanguage, bothLanguages } from './circuits/language';
import { LoadedParts } from './circuits/parts';
import { completeHere } from './commands/complete';
import { explainSelection } from './commands/explainSelection';
import { exportShownGraph, openGraph } from './commands/graphs';
import { indexModel } from './commands/indexModel';
import { makeSteering } from './commands/makeSteering';
import { openExample } from './commands/openExample';
import { saveCircuitTest } from './commands/saveCircuitTest';
import { selectModel } from './commands/selectModel';
import { steer } from './commands/steer';
import { choose, explainToken, markSources, revealRecord, revealToken, showCircuit } from './commands/tokens';
import { whyNot } from './commands/whyNot';
import { registerCommand, setContext, setting } from './contributions';
import { Current } from './current';
import { forkEngine } from './engine/fork';
import type { EngineSettings } from './engine/life';
import { EngineProcess } from './engine/process';
import { Explainer } from './explainer';
import { FreshBars } from './freshBars';
import { CircuitAnswers } from './graphs/answers';
import { CircuitChanges } from './graphs/changes';
import { Circuits } from './graphs/circuits';
import { CircuitMemory } from './graphs/memory';
import { TokenHover } from './hover';
import { IndexJob } from './indexJob';
import { InlineCompletions } from './inlineCompletions';
import { LastAnswer } from './lastAnswer';
import { reportTo } from './log';
import { type CommandId, type Commands, circuitPanelType, commandIds, type Mode, views } from './manifest';
import { MarksController } from './marks';
import { modelPath } from './model';
import { CircuitPanel } from './panels/circuitPanel';
import { ExplanationView } from './panels/explanationView';
import { PanelModel } from './panels/panelModel';
import { PartIndex } from './partIndex';
import { Board } from './questions/board';
import { branchHere } from './questions/branchHere';
import { askCopiedFrom } from './questions/copiedFrom';
import { holdsWhenRenamed } from './questions/holdsWhenRenamed';
import { chooseGranularity, chooseMethod } from './questions/switches';
import { whatWouldChange } from './questions/whatChanges';
import { whyHeadLooks } from './questions/whyHeadLooks';
import { RecordStore } from './records/recordStore';
import { Records } from './records/records';
import { RecordsTree } from './records/recordsTree';
import { Scan } from './scan';
import { Segmenter } from './segmenter';
import { Status } from './status';
import { SteeringStatus } from './steering/status';
import { CompletionSteering } from './steering/steering';
import { SteeringVectors } from './steering/vectors';
import type { Whence } from './whence';
import { Work } from './work';

let running: { readonly whence: Whence } | null = null;

export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends { dispose(): unknown }>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const log = own(vscode.window.createOutputChannel('Whence', { log: true }));
  const extension = context.extensionUri;
  const newEngine = (settings: () => EngineSettings) => {
    const fork = () => forkEngine(vscode.Uri.joinPath(extension, 'dist', 'server.js').fsPath);
    return new EngineProcess({ fork, settings, log });
  };
  const engine = own(newEngine(() => engineSettings(context)));
  // Without an open folder there is no storage of a workspace.
  const storage = context.storageUri ?? context.globalStorageUri;
  const stored = (name: string) => vscode.Uri.joinPath(storage, name).fsPath;
  const records = own(new Records(new RecordStore(stored('records'), log), log));
  const current = own(new Current(records, context.workspaceState));
  const explainer = own(new Explainer(engine, log));
  const parts = own(new PartIndex(engine, log));
  const index = own(new IndexJob(engine, parts));
  const board = own(new Board(current));
  const segmenter = own(new Segmenter(engine, log));
  const panels = own(new PanelModel(records, current, explainer, board, segmenter));
  const marks = own(new MarksController(records, current, explainer, board, segmenter));
  const work = own(new Work());
  // Circuit files and audits do not wait for each other, nor hovers for them.
  const fileEngine = () =>
    own(new CircuitEngine((model) => newEngine(() => ({ ...engineSettings(context), model })), extension));
  const vectors = new SteeringVectors(vscode.Uri.joinPath(context.globalStorageUri, 'steering').fsPath, log);
  const steering = own(new CompletionSteering(vectors, context.workspaceState));
  const version: string = context.extension.packageJSON.version;
  const memory = new CircuitMemory(stored('circuit.json'), context.workspaceState, log, version);
  const reader = vscode.Uri.joinPath(extension, 'dist', 'graphReader.js').fsPath;
  const graphs = own(new Circuits(engine, records, explainer, memory, log, reader));
  const answers = own(
    new CircuitAnswers(graphs, new CircuitChanges(engine), explainer, parts, memory, extension, version, log),
  );
  const whence: Whence = {
    log,
    engine,
    work,
    records,
    current,
    explainer,
    parts,
    index,
    board,
    marks,
    explanation: new ExplanationView(panels, extension),
    graphs,
    answers,
    memory,
    circuit: own(new CircuitPanel(graphs, answers, records, extension)),
    circuits: own(new CircuitExplorer(fileEngine())),
    audits: new Audits(fileEngine(), stored('audits')),
    vectors,
    steering,
    extension,
    version,
    report: reportTo(log),
  };
  running = { whence };
  const last = own(new LastAnswer(stored('explanation.json'), current, explainer, log));
  void records.loaded.then(() => last.restore());

  own(new CircuitCheck());
  const loadedParts = new LoadedParts(whence);
  const completion = new CircuitCompletion(loadedParts, whence);
  own(vscode.languages.registerCompletionItemProvider(bothLanguages, completion, ...triggers));
  own(vscode.languages.registerHoverProvider(bothLanguages, new CircuitHover(loadedParts, whence)));
  own(vscode.languages.registerCodeLensProvider(auditLanguage, new AuditLens()));
  own(new FreshBars(records));
  own(new RecordsTree(records));
  own(new SteeringStatus(steering));
  own(new Status(engine, work, index, placeOf(context)));
  own(vscode.languages.registerHoverProvider({ pattern: '**' }, new TokenHover(records, explainer, log)));
  own(vscode.window.registerWebviewViewProvider(views.explanation, whence.explanation));
  own(vscode.window.registerWebviewPanelSerializer(circuitPanelType, whence.circuit));
  const completions = own(new InlineCompletions(whence));
  const handlers = handlersFor(whence, completions, own(new Scan()));
  for (const id of commandIds) own(register(id, handlers, whence));
  watch(whence, own);
}

/** What was edited in the last moment is stored; the engine ends with the subscriptions. */
export async function deactivate(): Promise<void> {
  await running?.whence.records.flush();
  running = null;
}

type Handlers = { readonly [K in CommandId]: (...args: Commands[K]) => unknown };

function handlersFor(whence: Whence, completions: InlineCompletions, scan: Scan): Handlers {
  const { marks, engine, explainer, work, index, records, log } = whence;
  return {
    'whence.completeHere': () => completeHere(whence),
    'whence.explainSelection': () => explainSelection(whence),
    'whence.explainToken': (ref) => explainToken(whence, ref),
    'whence.explainSuggestion': () => completions.explain(),
    'whence.whyNot': (ref) => whyNot(whence, ref),
    'whence.copiedFrom': (ref) => askCopiedFrom(whence, ref),
    'whence.whatChanges': (ref) => whatWouldChange(whence, ref),
    'whence.branchHere': (ref) => branchHere(whence, ref),
    'whence.whyHeadLooks': (ref) => whyHeadLooks(whence, ref),
    'whence.holdsWhenRenamed': (ref) => holdsWhenRenamed(whence, ref),
    'whence.chooseMethod': (ref) => chooseMethod(whence, ref),
    'whence.chooseGranularity': (ref) => chooseGranularity(whence, ref),
    'whence.showCircuit': (ref) => showCircuit(whence, ref),
    'whence.openGraph': (file) => openGraph(whence, file),
    'whence.exportGraph': () => exportShownGraph(whence),
    'whence.markSources': (ref) => markSources(whence, ref),
    'whence.saveCircuitTest': (ref) => saveCircuitTest(whence, ref),
    'whence.openExample': () => openExample(whence),
    'whence.runAudit': (file) => whence.audits.run(file),
    'whence.explainCase': (target) => whence.circuits.explainCase(whence, target),
    'whence.showCaseCircuit': (target) => whence.circuits.showCaseCircuit(whence, target),
    'whence.scan': () => scan.run(whence),
    'whence.clearMarks': () => {
      marks.clear();
      scan.clear();
    },
    'whence.followCursor': async () => {
      await choose(whence);
      marks.follow(true);
    },
    'whence.stopFollowing': () => marks.follow(false),
    'whence.makeSteering': () => makeSteering(whence),
    'whence.steer': () => steer(whence),
    'whence.stopSteering': () => whence.steering.set(null),
    'whence.selectModel': () => selectModel(whence),
    'whence.indexModel': () => indexModel(whence),
    'whence.pauseIndexing': () => index.pause(),
    'whence.cancelIndexing': () => index.cancel(),
    'whence.restartEngine': () => {
      const restarted = work.run('restarting', () => engine.restart());
      explainer.again();
      return restarted;
    },
    'whence.showLog': () => log.show(),
    'whence.cancel': () => work.cancel(),
    'whence.plainMode': () => setMode('plain'),
    'whence.expertMode': () => setMode('expert'),
    'whence.revealToken': (ref) => revealToken(whence, ref),
    'whence.revealRecord': (ref) => revealRecord(whence, ref),
    'whence.deleteRecord': (ref) => ref && records.delete(ref.record),
    'whence.deleteAllRecords': () => deleteAllRecords(whence),
    'whence.completionAccepted': (id) => completions.accepted(id),
  };
}

function register<K extends CommandId>(id: K, handlers: Handlers, whence: Whence): vscode.Disposable {
  return registerCommand<K>(id, handlers[id], whence.report);
}

async function setMode(mode: Mode): Promise<void> {
  await vscode.workspace.getConfiguration().update('whence.mode', mode, vscode.ConfigurationTarget.Global);
}

async function deleteAllRecords({ records }: Whence): Promise<void> {
  const count = records.all.length;
  const question = `Delete ${count === 1 ? 'the record' : `all ${count} records`} of this workspace? The code stays as it is.`;
  const choice = await vscode.window.showWarningMessage(question, { modal: true }, 'Delete');
  if (choice === 'Delete') for (const record of records.all) await records.delete(record.id);
}

/** Keeps context keys true, and ends the engine when it was started with settings that are no longer so. */
function watch(whence: Whence, own: (part: vscode.Disposable) => unknown): void {
  const hasRecord = () => {
    const document = vscode.window.activeTextEditor?.document;
    setContext('whence.hasRecord', document !== undefined && whence.records.of(document).length > 0);
  };
  const mode = () => setContext('whence.mode', setting('whence.mode'));
  own(whence.records.onDidChange(hasRecord));
  own(vscode.window.onDidChangeActiveTextEditor(hasRecord));
  own(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('whence.mode')) mode();
      const ofEngine = ['model', 'modelFolders', 'threads', 'idleMinutes', 'cacheSize'];
      if (!ofEngine.some((name) => event.affectsConfiguration(`whence.${name}`))) return;
      whence.engine.stop();
      // Of another model other numbers may be right.
      if (event.affectsConfiguration('whence.model')) {
        whence.explainer.clear();
        whence.parts.clear();
        whence.graphs.clear();
      } else whence.explainer.again();
    }),
  );
  mode();
}

function engineSettings(context: vscode.ExtensionContext): EngineSettings {
  return {
    model: modelPath(setting('whence.model'), setting('whence.modelFolders'), context.extensionUri.fsPath),
    storage: vscode.Uri.joinPath(context.globalStorageUri, 'engine').fsPath,
    threads: setting('whence.threads'),
    idleSeconds: setting('whence.idleMinutes') * 60,
    cacheBytes: setting('whence.cacheSize') * 2 ** 20,
  };
}

/** Where the engine runs, as the status item says it. */
function placeOf(context: vscode.ExtensionContext): string {
  const remote = vscode.env.remoteName;
  const beside = context.extension.extensionKind === vscode.ExtensionKind.Workspace;
  return remote && beside ? `on the remote machine (${remote})` : 'on this computer';
}
