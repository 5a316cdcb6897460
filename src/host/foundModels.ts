import * as vscode from 'vscode';
import type { FoundModel } from '../core/model';
import { setting } from './contributions';
import { embeddedModel, modelFolders } from './model';
import type { Whence } from './whence';

/** The models on this machine that can be named. */
export function foundModels(
  { engine, extension }: Pick<Whence, 'engine' | 'extension'>,
  token?: vscode.CancellationToken,
): Promise<readonly FoundModel[]> {
  const embedded = vscode.Uri.joinPath(extension, ...embeddedModel).fsPath;
  const folders = modelFolders(setting('whence.modelFolders'));
  return engine.request('model/find', { embedded, folders }, token ? { token } : {});
}
