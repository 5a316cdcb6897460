import { randomUUID } from 'node:crypto';
import type * as vscode from 'vscode';
import type { Sampling } from '../../core/generation';
import { identityOf, type ModelIdentity } from '../../core/model';
import type { RecordOrigin } from '../../core/record';
import type { Steering } from '../../core/steering';
import { steeredBy } from '../../core/steeringWords';

/** What a new record of a document says of where it comes from; `sampling` is null for code that is read. */
export function newOrigin(
  document: vscode.TextDocument,
  model: ModelIdentity,
  sampling: Sampling | null,
  steering: Steering | null = null,
): RecordOrigin {
  return {
    // Begins with the time, so that names of files sort by it.
    id: `${Date.now().toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`,
    created: new Date().toISOString(),
    document: document.uri.toString(),
    language: document.languageId,
    model: identityOf(model),
    sampling,
    ...(steering && { steering: steeredBy(steering) }),
  };
}
