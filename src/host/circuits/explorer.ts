// The Test Explorer's side of circuit files: its controller, one way to run them, and running them again when saved.

import * as vscode from 'vscode';
import { parseCircuit } from '../../core/circuitFile/parser';
import type { CircuitResult } from '../../core/circuitFile/result';
import { Disposables } from '../disposables';
import type { AskParams } from '../engine/life';
import type { Whence } from '../whence';
import { type CaseTarget, CircuitCases, caseScheme } from './cases';
import type { CircuitEngine } from './engine';
import { Measured } from './measured';
import { promptFiles, textOf } from './read';
import { CircuitRuns, fileOf } from './run';
import { CircuitTree } from './tree';

const controllerId = 'whence-circuits';

export class CircuitExplorer {
  readonly #disposables = new Disposables();
  readonly #controller = this.#disposables.add(
    vscode.tests.createTestController(controllerId, 'Whence: Circuits'),
  );
  readonly #tree = this.#disposables.add(new CircuitTree(this.#controller));
  readonly #measured = this.#disposables.add(new Measured());
  readonly #runs: CircuitRuns;
  readonly #cases: CircuitCases;
  readonly #profile: vscode.TestRunProfile;

  constructor(private readonly engine: CircuitEngine) {
    this.#runs = new CircuitRuns(this.#tree, engine, this.#measured);
    this.#cases = new CircuitCases(this.#tree, engine, this.#measured);
    this.#profile = this.#disposables.add(
      this.#controller.createRunProfile(
        'Run',
        vscode.TestRunProfileKind.Run,
        (request, token) =>
          request.continuous ? this.#onSave(request, token) : this.#runs.run(request, token),
        true,
        undefined,
        true,
      ),
    );
    this.#disposables.add(vscode.workspace.registerTextDocumentContentProvider(caseScheme, this.#cases));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** Measures the text of a circuit file, whatever the Test Explorer shows. */
  measure(
    model: string | null,
    params: AskParams<'circuit/run'>,
    token: vscode.CancellationToken,
  ): Promise<CircuitResult> {
    return this.engine.ask('circuit/run', model, undefined, params, { token });
  }

  /** How a circuit file names the model at a path: null for the embedded one, its name where that finds it. */
  async nameOf(path: string, id: string): Promise<string | null> {
    if ((await this.engine.pathOf(null)) === path) return null;
    const byName = await this.engine.pathOf(id).catch(() => null);
    return byName === path ? id : path;
  }

  explainCase(whence: Whence, target: CaseTarget | undefined): Promise<void> {
    return this.#cases.explain(whence, target);
  }

  showCaseCircuit(whence: Whence, target: CaseTarget | undefined): Promise<void> {
    return this.#cases.showCircuit(whence, target);
  }

  /** Until it is cancelled, runs what was chosen of a file whenever that file or one of its prompts is saved. */
  #onSave({ include, exclude }: vscode.TestRunRequest, token: vscode.CancellationToken): void {
    const saved = vscode.workspace.onDidSaveTextDocument(async ({ uri }) => {
      for (const file of this.#tree.files) {
        if (!(await concerns(uri, file))) continue;
        const items = include ? include.filter((item) => fileOf(item).id === file.id) : [file];
        if (items.length === 0) continue;
        await this.#runs.run(new vscode.TestRunRequest(items, exclude, this.#profile, true), token);
      }
    });
    token.onCancellationRequested(() => saved.dispose());
  }
}

async function concerns(saved: vscode.Uri, { uri }: vscode.TestItem): Promise<boolean> {
  if (!uri) return false;
  if (uri.toString() === saved.toString()) return true;
  const { file } = parseCircuit(await textOf(uri).catch(() => ''));
  return file !== null && promptFiles(uri, file).some((prompt) => prompt.toString() === saved.toString());
}
