// Whence: Open Graph… and Whence: Export Graph…

import { dirname, extname } from 'node:path';
import * as vscode from 'vscode';
import type { ExportFormat } from '../../core/circuitPanel';
import { WhenceError } from '../../core/errors';
import { exportGraph } from '../../core/interchange/export';
import { foldersAround } from '../folders';
import { askPlace, pageOf, save } from '../graphs/share';
import type { Whence } from '../whence';

/** Shows a graph that Whence, circuit-tracer, Neuronpedia or a viewer of that family wrote. */
export async function openGraph({ graphs, circuit, work }: Whence, given?: string): Promise<void> {
  const uri = given === undefined ? await askFile() : vscode.Uri.parse(given);
  if (!uri) return;
  await work.run('opening a graph', (token) => graphs.open(uri, token));
  circuit.show();
}

async function askFile(): Promise<vscode.Uri | undefined> {
  const [folder] = foldersAround(vscode.window.activeTextEditor?.document.uri);
  const chosen = await vscode.window.showOpenDialog({
    ...(folder && { defaultUri: folder }),
    filters: { 'Attribution graph': ['json'] },
    openLabel: 'Open Graph',
  });
  return chosen?.[0];
}

/** Writes the shown circuit as a graph for other tools, or as a page for any browser, by the ending of the name. */
export async function exportShownGraph(whence: Whence): Promise<void> {
  const { graphs, answers, memory, extension, version } = whence;
  const { shown } = graphs;
  if (shown.kind !== 'circuit') {
    throw new WhenceError('bad-input', 'No circuit is shown: show one with Whence: Show Circuit first.');
  }
  const formats: readonly ExportFormat[] = ['json', 'html'];
  const place = await askPlace(shown.document.slug, formats, shown.source);
  if (!place) return;
  const circuit = answers.panelCircuit(shown);
  const view = memory.settingsOf(shown.subject.id)?.view ?? shown.document.view;
  const document = { ...shown.document, view };
  const page = extname(place.path).toLowerCase() === '.html';
  const text = page
    ? await pageOf({ ...circuit, document }, extension)
    : JSON.stringify(exportGraph(document, version));
  await save(place, Buffer.from(text));
  whence.log.info(`The circuit was written to ${dirname(place.fsPath)}.`);
}
