import * as vscode from 'vscode';
import { Lines, withPlainLineEnds } from '../core/places';
import type { TextRange } from '../core/text';

/**
 * Documents as the model reads them: with `\n` line ends. Offsets here count a line end as one character whatever the
 * file has, which is not what `document.offsetAt` counts in a file with CRLF.
 */
const known = new WeakMap<vscode.TextDocument, { readonly version: number; readonly lines: Lines }>();

export function linesOf(document: vscode.TextDocument): Lines {
  const last = known.get(document);
  if (last?.version === document.version) return last.lines;
  const lines = new Lines(withPlainLineEnds(document.getText()));
  known.set(document, { version: document.version, lines });
  return lines;
}

export function offsetAt(document: vscode.TextDocument, position: vscode.Position): number {
  return linesOf(document).offsetAt(position);
}

export function positionAt(document: vscode.TextDocument, offset: number): vscode.Position {
  const place = linesOf(document).placeAt(offset);
  return new vscode.Position(place.line, place.character);
}

export function rangeAt(document: vscode.TextDocument, range: TextRange): vscode.Range {
  return new vscode.Range(positionAt(document, range.start), positionAt(document, range.end));
}

/** VS Code's language id as the engine wants it: null where it says nothing. */
export function languageOf(document: vscode.TextDocument): string | null {
  return document.languageId === 'plaintext' ? null : document.languageId;
}

/** The part of a path that people know a document by. */
export function nameOf(uri: string): string {
  const { path } = vscode.Uri.parse(uri);
  return path.slice(path.lastIndexOf('/') + 1) || uri;
}
