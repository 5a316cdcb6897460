import type * as vscode from 'vscode';
import type { FileKind } from '../../core/circuitFile/parser';

/** The language ids of circuit and audit files, which package.json contributes. */
export const circuitLanguage = 'circuit';
export const auditLanguage = 'audit';

/** In whose files completion, hover, diagnostics and formatting are the same, by what the parser says of each. */
export const bothLanguages: readonly string[] = [circuitLanguage, auditLanguage];

export function isCircuit(document: vscode.TextDocument): boolean {
  return document.languageId === circuitLanguage;
}

/** Which kind of file of the language a document is; null for another language. */
export function kindOf({ languageId }: vscode.TextDocument): FileKind | null {
  if (languageId === circuitLanguage) return 'circuit';
  return languageId === auditLanguage ? 'audit' : null;
}
