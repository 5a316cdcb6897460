import type * as vscode from 'vscode';

/** The language id of circuit files, which package.json contributes. */
export const circuitLanguage = 'circuit';

export function isCircuit(document: vscode.TextDocument): boolean {
  return document.languageId === circuitLanguage;
}
