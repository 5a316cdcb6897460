import * as vscode from 'vscode';

/** The open folders; first the one that a document or file lies in, where it lies in one. */
export function foldersAround(uri: vscode.Uri | undefined): readonly vscode.Uri[] {
  const all = vscode.workspace.workspaceFolders ?? [];
  const own = uri && vscode.workspace.getWorkspaceFolder(uri);
  return [...new Set(own ? [own, ...all] : all)].map((folder) => folder.uri);
}
