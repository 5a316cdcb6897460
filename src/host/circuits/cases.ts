// A case of a circuit file opened as text that can be asked about: its prompt and the answer behind it, in a read-only
// document of its own. The answer becomes a record like any code that the model has read.

import * as vscode from 'vscode';
import { type CircuitCase, caseName, casesOf } from '../../core/circuitFile/cases';
import { WhenceError } from '../../core/errors';
import { extensionOf } from '../../core/languages';
import { recordSelection } from '../commands/explainSelection';
import { explainToken, showCircuit } from '../commands/tokens';
import { nameOf } from '../documents';
import { hashOf } from '../hash';
import type { TokenRef } from '../manifest';
import type { Whence } from '../whence';
import type { CircuitEngine } from './engine';
import type { Measured } from './measured';
import { type ReadCircuit, readCircuit } from './read';
import { fileOf } from './run';
import type { CircuitTree } from './tree';

export const caseScheme = 'whence-case';

/** A case of a circuit file: what links to one say, and the address of its document. */
export interface CaseRef {
  /** The file's URI. */
  readonly circuit: string;
  readonly case: number;
}

/** The text is in the address, as its hash: VS Code keeps a document as it is as long as its tab is open. */
interface CaseAddress extends CaseRef {
  readonly sha256: string;
}

/** A case, or what the Test Explorer's menus hand over: an item, or a message with the item it is of. */
export type CaseTarget = CaseRef | vscode.TestItem | { readonly test: vscode.TestItem };

export class CircuitCases implements vscode.TextDocumentContentProvider {
  constructor(
    private readonly tree: CircuitTree,
    private readonly engine: CircuitEngine,
    private readonly measured: Measured,
  ) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { circuit, case: index, sha256 } = JSON.parse(uri.query) as CaseAddress;
    const shown = shownOf(caseAt(await readCircuit(vscode.Uri.parse(circuit)), index));
    if (hashOf(shown) === sha256) return shown;
    throw new WhenceError('bad-input', 'The circuit file has changed since: ask for the case again.');
  }

  /** Explains a case's answer: that of the item, else of the first case that does not hold. */
  async explain(whence: Whence, target: CaseTarget | undefined): Promise<void> {
    await explainToken(whence, await this.#open(whence, target));
  }

  async showCircuit(whence: Whence, target: CaseTarget | undefined): Promise<void> {
    await showCircuit(whence, await this.#open(whence, target));
  }

  async #open(whence: Whence, target: CaseTarget | undefined): Promise<TokenRef> {
    if (!target) throw new WhenceError('bad-argument', 'Choose a case in the Test Explorer first.');
    const { circuit, index } = await this.#caseOf(target);
    await this.#requireModel(whence, circuit);
    const subject = caseAt(circuit, index);
    const document = await vscode.workspace.openTextDocument(addressOf(circuit, subject));
    const language = subject.language ?? 'plaintext';
    const shown =
      document.languageId === language
        ? document
        : await vscode.languages.setTextDocumentLanguage(document, language);
    await vscode.window.showTextDocument(shown, { viewColumn: vscode.ViewColumn.Beside, preview: true });
    return recordAnswer(whence, shown, subject);
  }

  async #caseOf(target: CaseTarget): Promise<{ readonly circuit: ReadCircuit; readonly index: number }> {
    if ('circuit' in target) {
      return { circuit: await readCircuit(vscode.Uri.parse(target.circuit)), index: target.case };
    }
    const item = 'test' in target ? target.test : target;
    const circuit = await readCircuit(fileOf(item).uri!);
    this.tree.show(fileOf(item), circuit.text);
    const place = this.tree.placeOf(item);
    if (place?.kind === 'case') return { circuit, index: place.index };
    const asked =
      place?.kind === 'expectation' ? [place.index] : circuit.file.expectations.map((_, index) => index);
    const failed = asked.flatMap((index) => this.measured.of(circuit, index)?.cases ?? []);
    return { circuit, index: failed.find(({ holds }) => holds === false)?.case ?? 0 };
  }

  /** What is explained here is explained by the model that the editor uses. */
  async #requireModel({ engine }: Whence, { uri, file }: ReadCircuit): Promise<void> {
    const [{ path, id }, wanted] = await Promise.all([engine.load(), this.engine.pathOf(file.model, uri)]);
    if (path === wanted) return;
    throw new WhenceError(
      'bad-argument',
      `This file is about the model ${file.model ?? 'that comes with Whence'}, but ${id} is loaded. Choose it with Whence: Select Model to explain the case.`,
    );
  }
}

function caseAt({ file, prompts }: ReadCircuit, index: number): CircuitCase {
  const subject = casesOf(file, prompts)[index];
  if (!subject)
    throw new WhenceError('bad-argument', 'The file has changed, and this case is gone. Run it again.');
  return subject;
}

function shownOf({ text, answer }: CircuitCase): string {
  return text + answer;
}

function addressOf({ uri }: ReadCircuit, subject: CircuitCase): vscode.Uri {
  const label = `${caseName(subject)} in ${nameOf(uri.toString())}`.replaceAll(/[/\\]/g, '∕');
  const sha256 = hashOf(shownOf(subject));
  const address: CaseAddress = { circuit: uri.toString(), case: subject.index, sha256 };
  return vscode.Uri.from({
    scheme: caseScheme,
    path: `/${label}${extensionOf(subject.language)}`,
    query: JSON.stringify(address),
  });
}

/** Lets the model read prompt and answer; the reference is to the answer's first token. */
async function recordAnswer(
  whence: Whence,
  document: vscode.TextDocument,
  { text, answer, contrast }: CircuitCase,
): Promise<TokenRef> {
  const start = text.length;
  const record = await recordSelection(whence, document, { start, end: start + answer.length });
  const index = record.tokens.findIndex(
    (token, at) => at >= record.first && record.offset + token.start === start,
  );
  if (index === -1) {
    throw new WhenceError(
      'bad-input',
      'The prompt and the answer share a token, so the case cannot be shown as one text. End the prompt where a token ends: before a space, after a dot.',
    );
  }
  return { record: record.id, index, ...(contrast !== null && { contrast }) };
}
