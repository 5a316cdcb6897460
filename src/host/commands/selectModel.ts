// Whence: Select Model. Lists the models on this machine; one that cannot be loaded says why, and is not taken.

import * as vscode from 'vscode';
import { asWhenceError, WhenceError } from '../../core/errors';
import type { FoundModel } from '../../core/model';
import { setting } from '../contributions';
import { embeddedModel, modelFolders } from '../model';
import type { Whence } from '../whence';

interface Item extends vscode.QuickPickItem {
  /** What `whence.model` becomes; null to choose a folder. */
  readonly value: string | null;
}

const origins = {
  embedded: 'comes with Whence',
  folder: 'in a folder you named',
  huggingface: 'in the Hugging Face cache',
} as const;

export async function selectModel(whence: Whence): Promise<void> {
  const embedded = vscode.Uri.joinPath(whence.extension, ...embeddedModel).fsPath;
  const found = whence.work.run('looking for models', (token) =>
    whence.engine.request(
      'model/find',
      { embedded, folders: modelFolders(setting('whence.modelFolders')) },
      { token },
    ),
  );
  const items = found.then((models) => [...models.map((model) => itemOf(model)), otherFolder]);
  const picked = await vscode.window.showQuickPick(items, {
    title: 'The model that writes and explains',
    placeHolder: 'Choose a model on this machine',
    matchOnDescription: true,
  });
  if (!picked) return;
  const value = picked.value ?? (await chooseFolder());
  if (value === null) return;
  const before = setting('whence.model');
  await setModel(value);
  try {
    await whence.work.run('loading the model', () => whence.engine.load());
  } catch (thrown) {
    await setModel(before);
    const { code, message } = asWhenceError(thrown);
    throw new WhenceError(code, `${message} The model stays what it was.`, { cause: thrown });
  }
}

async function setModel(value: string): Promise<void> {
  await vscode.workspace.getConfiguration().update('whence.model', value, vscode.ConfigurationTarget.Global);
}

const otherFolder: Item = {
  label: '$(folder-opened) Choose a folder…',
  description: 'with config.json, tokenizer.json and *.safetensors',
  value: null,
};

function itemOf({ id, path, origin, bytes, architecture, problem }: FoundModel): Item {
  return {
    label: problem === null ? id : `$(warning) ${id}`,
    description: `${architecture} · ${(bytes / 2 ** 20).toFixed(bytes < 2 ** 27 ? 1 : 0)} MB · ${origins[origin]}`,
    detail: problem ?? undefined,
    value: origin === 'embedded' ? '' : path,
  };
}

async function chooseFolder(): Promise<string | null> {
  const folders = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: 'Use this model',
  });
  return folders?.[0]?.fsPath ?? null;
}
