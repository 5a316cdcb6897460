// Whence: Open Example Circuits. The circuits of the embedded model come with Whence; a copy of one opens unsaved, so that
// it can be run and changed.

import * as vscode from 'vscode';
import { parseCircuit } from '../../core/circuitFile/parser';
import { circuitLanguage } from '../circuits/language';
import type { Whence } from '../whence';

interface Example extends vscode.QuickPickItem {
  readonly text: string;
}

export async function openExample({ extension }: Whence): Promise<void> {
  const picked = await vscode.window.showQuickPick(examples(vscode.Uri.joinPath(extension, 'circuits')), {
    title: 'How the model that comes with Whence works',
    placeHolder: 'Open a copy of a circuit file, to run it in the Test Explorer',
  });
  if (!picked) return;
  const document = await vscode.workspace.openTextDocument({
    language: circuitLanguage,
    content: picked.text,
  });
  await vscode.window.showTextDocument(document);
}

async function examples(folder: vscode.Uri): Promise<Example[]> {
  const found: Example[] = [];
  for (const [name] of await vscode.workspace.fs.readDirectory(folder)) {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name));
    const text = new TextDecoder().decode(bytes);
    const { file } = parseCircuit(text);
    if (file) found.push({ label: file.name, description: name, detail: file.description ?? '', text });
  }
  return found;
}
