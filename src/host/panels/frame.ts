import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { panelPage } from '../../core/page';

/** Loads one of the extension's pages into a webview, which may read nothing but the pages' own files. */
export function loadPage(
  webview: vscode.Webview,
  extension: vscode.Uri,
  { title, name }: { readonly title: string; readonly name: 'explanation' | 'graph' },
): void {
  const scripts = vscode.Uri.joinPath(extension, 'dist', 'webview');
  const media = vscode.Uri.joinPath(extension, 'media', 'webview');
  const address = (folder: vscode.Uri, file: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [scripts, media] };
  webview.html = panelPage({
    title,
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64url'),
    script: address(scripts, `${name}.js`),
    styles: [address(media, 'common.css'), address(media, `${name}.css`)],
  });
}
