// Taking a circuit along: to the clipboard, into a file, into an editor.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ExportFormat, FromCircuitPanel, PanelCircuit } from '../../core/circuitPanel';
import { WhenceError } from '../../core/errors';
import { savedPage, savedPageFiles } from '../../core/savedPage';
import { foldersAround } from '../folders';

interface Kind {
  readonly name: string;
  readonly ending: string;
  /** As VS Code names it. */
  readonly language: string;
}

const kinds: Readonly<Record<ExportFormat, Kind>> = {
  svg: { name: 'SVG', ending: 'svg', language: 'xml' },
  png: { name: 'PNG', ending: 'png', language: 'plaintext' },
  mermaid: { name: 'Mermaid', ending: 'mmd', language: 'plaintext' },
  json: { name: 'Attribution graph', ending: 'json', language: 'json' },
  words: { name: 'Text', ending: 'md', language: 'markdown' },
  html: { name: 'Web page', ending: 'html', language: 'html' },
};

type Export = Extract<FromCircuitPanel, { readonly type: 'export' }>;

/** Does what the panel asks; false when nothing was chosen. */
export async function share(
  { format, how, name, content }: Export,
  circuit: PanelCircuit,
  { source, extension }: { readonly source: vscode.Uri; readonly extension: vscode.Uri },
): Promise<boolean> {
  const { language } = kinds[format];
  const text = content ?? (await pageOf(circuit, extension));
  switch (how) {
    case 'copy':
      await vscode.env.clipboard.writeText(text);
      return true;
    case 'open':
      await vscode.window.showTextDocument(
        await vscode.workspace.openTextDocument({ content: text, language }),
      );
      return true;
    case 'save': {
      const place = await askPlace(name, [format], source);
      if (!place) return false;
      await save(place, Buffer.from(text, format === 'png' ? 'base64' : 'utf8'));
      return true;
    }
  }
}

/**
 * Where to save; undefined when the question was dismissed.
 *
 * @param source what the circuit is of, in whose folder a place is offered
 */
export function askPlace(
  name: string,
  formats: readonly ExportFormat[],
  source: vscode.Uri,
): Thenable<vscode.Uri | undefined> {
  const [folder] = foldersAround(source);
  const file = `${name}.${kinds[formats[0]!].ending}`;
  return vscode.window.showSaveDialog({
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, file) }),
    filters: Object.fromEntries(formats.map((format) => [kinds[format].name, [kinds[format].ending]])),
  });
}

/** @throws WhenceError `storage` */
export async function save(place: vscode.Uri, bytes: Uint8Array): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(place, bytes);
  } catch (cause) {
    const message = `${place.fsPath} cannot be written: choose another place for the circuit.`;
    throw new WhenceError('storage', message, { cause });
  }
}

/** A page that shows the circuit in any browser. */
export async function pageOf(circuit: PanelCircuit, extension: vscode.Uri): Promise<string> {
  const part = (place: string) => readFile(vscode.Uri.joinPath(extension, place).fsPath, 'utf8');
  return savedPage({
    circuit,
    script: await part(savedPageFiles.script),
    styles: await Promise.all(savedPageFiles.styles.map(part)),
    nonce: randomBytes(16).toString('base64url'),
  });
}
