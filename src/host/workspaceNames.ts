import * as vscode from 'vscode';
import { cancelled } from '../core/errors';
import { standsIn } from '../core/nameUse';

/** Files of the workspace that are looked through at most, and how large each may be. */
const mostFiles = 500;
const mostBytes = 300_000;
/** What is not the program's own text, or made from it. */
const excluded = '**/{node_modules,dist,out,build,target,.git,.venv,venv,__pycache__}/**';

/** Those of the names that stand in another file of the workspace with the document's ending: what a program calls is as a rule its own. */
export async function namesElsewhere(
  names: ReadonlySet<string>,
  document: vscode.Uri,
  token: vscode.CancellationToken,
): Promise<ReadonlySet<string>> {
  const missing = new Set(names);
  const ending = /\.[^./\\]+$/.exec(document.path)?.[0];
  if (missing.size === 0 || ending === undefined) return new Set();
  const files = await vscode.workspace.findFiles(`**/*${ending}`, excluded, mostFiles, token);
  for (const file of files) {
    if (token.isCancellationRequested) throw cancelled();
    if (missing.size === 0) break;
    if (file.toString() === document.toString()) continue;
    const text = await textOf(file);
    for (const name of missing) if (standsIn(text, name, true)) missing.delete(name);
  }
  return new Set([...names].filter((name) => !missing.has(name)));
}

/** Of a file that is gone meanwhile or too large, nothing. */
async function textOf(file: vscode.Uri): Promise<string> {
  try {
    const { size } = await vscode.workspace.fs.stat(file);
    return size > mostBytes ? '' : new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch {
    return '';
  }
}
