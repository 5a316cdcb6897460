// Circuit files and their prompts as they are now: in the editor where they are open, else on disk.

import * as vscode from 'vscode';
import type { AuditSource } from '../../core/audit/journal';
import { parseAudit } from '../../core/circuitFile/auditFile';
import type { PromptText } from '../../core/circuitFile/cases';
import { vectorPaths } from '../../core/circuitFile/causes';
import { parseCircuit } from '../../core/circuitFile/parser';
import type { CircuitFile } from '../../core/circuitFile/syntax';
import { WhenceError } from '../../core/errors';
import { languageOfPath } from '../../core/languages';
import { withPlainLineEnds } from '../../core/places';
import { parseSteering, type SteeringVector } from '../../core/steering';
import { nameOf } from '../documents';

/** A circuit file that can be run. */
export interface ReadCircuit {
  readonly uri: vscode.Uri;
  readonly text: string;
  readonly file: CircuitFile;
  readonly prompts: readonly PromptText[];
  /** The steering vectors that the file names, by the paths that it writes. */
  readonly vectors: Readonly<Record<string, SteeringVector>>;
}

/** The text of a file, its line ends as they are. */
export async function textOf(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      await vscode.workspace.fs.readFile(uri),
    );
  } catch (cause) {
    throw new WhenceError(
      'bad-input',
      `${nameOf(uri.toString())} cannot be read: it must be a text file in UTF-8, and be there.`,
      { cause },
    );
  }
}

/**
 * Reads a circuit file and the prompts that it names.
 *
 * @throws WhenceError `bad-input` with the file's first mistake, or when a prompt cannot be read
 */
export async function readCircuit(uri: vscode.Uri): Promise<ReadCircuit> {
  const text = await textOf(uri);
  const { file, diagnostics } = parseCircuit(text);
  if (!file) throw new WhenceError('bad-input', diagnostics[0]?.message ?? 'The file cannot be read.');
  const prompts = await promptsOf(uri, file.prompts, file.language);
  const vectors: Record<string, SteeringVector> = {};
  for (const path of vectorPaths(file.expectations)) {
    vectors[path] = parseSteering(await textOf(besideUri(uri, path)), path);
  }
  return { uri, text, file, prompts, vectors };
}

/** An audit file that can be run, with what it is called and the model that it names. */
export interface ReadAudit {
  readonly name: string;
  readonly source: AuditSource;
  readonly model: string | null;
}

/**
 * Reads an audit file, its prompts and its controls.
 *
 * @throws WhenceError as `readCircuit`
 */
export async function readAudit(uri: vscode.Uri): Promise<ReadAudit> {
  const text = await textOf(uri);
  const { file, diagnostics } = parseAudit(text);
  if (!file) throw new WhenceError('bad-input', diagnostics[0]?.message ?? 'The file cannot be read.');
  const prompts = await promptsOf(uri, file.prompts, file.language);
  const controls = await promptsOf(uri, file.controls, file.language);
  const source = { name: nameOf(uri.toString()), text, prompts, controls };
  return { name: file.name, source, model: file.model };
}

async function promptsOf(
  uri: vscode.Uri,
  prompts: CircuitFile['prompts'],
  language: string | null,
): Promise<PromptText[]> {
  const texts: PromptText[] = [];
  for (const { kind, value } of prompts) {
    if (kind === 'inline') texts.push({ text: value, language });
    else {
      const read = await textOf(besideUri(uri, value));
      texts.push({ text: withPlainLineEnds(read), language: languageOfPath(value) ?? language });
    }
  }
  return texts;
}

/** The files in which prompts of a circuit file stand, and its steering vectors. */
export function promptFiles(uri: vscode.Uri, { prompts, expectations }: CircuitFile): vscode.Uri[] {
  const named = prompts.filter(({ kind }) => kind === 'file').map(({ value }) => value);
  return [...named, ...vectorPaths(expectations)].map((path) => besideUri(uri, path));
}

function besideUri(circuit: vscode.Uri, path: string): vscode.Uri {
  return vscode.Uri.joinPath(circuit, '..', path);
}
