// What others know of the features of their graphs, in files beside a graph. Nothing is fetched from anywhere.

import * as vscode from 'vscode';
import type { PartEvidence } from '../../core/circuitPanel';
import { WhenceError } from '../../core/errors';
import { featureLimits, featurePlaces, readFeatureDetails } from '../../core/interchange/featureDetails';

/**
 * Of a feature by its number; null where no file beside the graph says anything of it.
 *
 * @throws WhenceError `bad-input` for a file that is there and cannot be shown
 */
export async function featureBeside(
  graph: vscode.Uri,
  scan: string,
  feature: number,
): Promise<PartEvidence | null> {
  for (const place of featurePlaces(scan, feature)) {
    const uri = vscode.Uri.joinPath(graph, '..', place);
    const found = await vscode.workspace.fs.stat(uri).then(
      ({ size }) => size,
      () => null,
    );
    if (found === null) continue;
    if (found > featureLimits.bytes) {
      const message = `${place} has ${Math.ceil(found / 1e6)} MB where ${featureLimits.bytes / 1e6} MB is the most that is shown of a feature.`;
      throw new WhenceError('bad-input', message);
    }
    const bytes = await vscode.workspace.fs.readFile(uri);
    return readFeatureDetails(new TextDecoder().decode(bytes), place);
  }
  return null;
}
