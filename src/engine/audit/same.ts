import type { AuditHeader } from '../../core/audit/journal';
import { WhenceError } from '../../core/errors';

/**
 * Whether a journal may be gone on with.
 *
 * @throws WhenceError `bad-input` that says what is another, and what to do
 */
export function checkSame(found: AuditHeader, wanted: AuditHeader, folder: string): void {
  const what = differenceOf(found, wanted);
  if (what === null) return;
  throw new WhenceError(
    'bad-input',
    `${folder} holds the journal of an audit ${what}: give another folder with --out, or remove it.`,
  );
}

/** What tells two audits apart, after “of an audit”; null where both are the same. */
export function differenceOf(found: AuditHeader, wanted: AuditHeader): string | null {
  const { id, sha256 } = found.model;
  if (sha256 !== wanted.model.sha256) {
    return `of another model, ${id} (${sha256.slice(0, 8)}), not of ${wanted.model.id} (${wanted.model.sha256.slice(0, 8)})`;
  }
  const same = (part: keyof AuditHeader) => JSON.stringify(found[part]) === JSON.stringify(wanted[part]);
  if (!same('files')) return 'of other files, or of the same before they were changed';
  if (!same('settings')) return 'with other settings';
  if (!same('software')) {
    const { whence, onnxruntime, platform } = found.software;
    return `that Whence ${whence} with onnxruntime ${onnxruntime} made on ${platform}`;
  }
  if (!same('sample')) return 'whose ordinary code was another';
  if (!same('parts')) return 'of a model with other parts';
  if (!same('shard'))
    return found.shard ? `of which it is part ${found.shard.part} of ${found.shard.of}` : 'that is whole';
  return null;
}
