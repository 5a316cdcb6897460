// Whence: Index This Model. Asks on which code, then makes the index; one that was paused is offered to go on.

import * as vscode from 'vscode';
import { type CorpusRequest, defaultTexts, type IndexStatus } from '../../core/partIndex/status';
import type { Whence } from '../whence';

interface Item extends vscode.QuickPickItem {
  /** Null to choose a folder. */
  readonly corpus: CorpusRequest | null;
  /** Whether it goes on with what was begun. */
  readonly goesOn: boolean;
}

export async function indexModel(whence: Whence): Promise<void> {
  const { engine, work, index } = whence;
  const status = await work.run('looking for an index', async (token) => ({
    model: await engine.load(token),
    known: await engine.request('index/status', {}, { token }),
  }));
  const picked = await vscode.window.showQuickPick(itemsFor(whence, status.known), {
    title: `Find out what the parts of ${status.model.id} do`,
    placeHolder: placeHolderFor(status.known),
  });
  if (!picked) return;
  const corpus = picked.corpus ?? (await chooseFolder());
  if (!corpus) return;
  if (status.known.begun && !picked.goesOn) await index.cancel();
  await index.run(corpus);
}

function placeHolderFor({ index, problem }: IndexStatus): string {
  if (problem !== null) return problem;
  if (!index) return 'There is no index yet. Choose the code that the model reads for it.';
  const { tokens, name } = index.corpus;
  return `There is an index, made on ${tokens.toLocaleString('en')} tokens of code (${name}). Choose code for another.`;
}

function itemsFor({ extension }: Whence, { begun }: IndexStatus): readonly Item[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const name = folders.map((folder) => folder.name).join(', ');
  return [
    ...(begun
      ? [
          {
            label: '$(debug-continue) Go on',
            description: `${begun.corpus.name}: ${begun.done} of ${begun.texts} texts are read`,
            corpus: begun.corpus,
            goesOn: true,
          },
        ]
      : []),
    {
      label: 'The sample that comes with Whence',
      description: 'Python and TypeScript',
      corpus: {
        name: 'bundled',
        folders: [vscode.Uri.joinPath(extension, 'corpus').fsPath],
        texts: defaultTexts,
      },
      goesOn: false,
    },
    ...(folders.length > 0
      ? [
          {
            label: 'The code of this workspace',
            description: name,
            corpus: { name, folders: folders.map(({ uri }) => uri.fsPath), texts: defaultTexts },
            goesOn: false,
          },
        ]
      : []),
    {
      label: '$(folder-opened) Choose a folder…',
      description: 'with code',
      corpus: null,
      goesOn: false,
    },
  ];
}

async function chooseFolder(): Promise<CorpusRequest | null> {
  const folders = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: 'Read this code',
  });
  const path = folders?.[0]?.fsPath;
  if (path === undefined) return null;
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  return { name, folders: [path], texts: defaultTexts };
}
