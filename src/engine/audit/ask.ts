import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditReports, RunAuditParams } from '../../core/audit/asked';
import { usualSettings } from '../../core/audit/journal';
import { ensureFolder } from '../folder';
import type { Model } from '../model';
import { writeReport } from './reportFiles';
import { type AuditOptions, runAudits } from './run';
import { software } from './software';

/**
 * Runs one audit file as the editor has it, all its pairs. What it is of has a folder of its own within the one that is given,
 * so a run that was withdrawn goes on, and one of a changed file or of another model begins anew: what was there before is gone.
 *
 * @throws WhenceError as `runAudits`
 */
export async function askAudit(
  model: Model,
  { source, folder }: RunAuditParams,
  options: Pick<AuditOptions, 'corpus' | 'onProgress' | 'signal'>,
): Promise<AuditReports> {
  const of = createHash('sha256')
    .update(JSON.stringify([model.info.sha256, source, software]))
    .digest('hex');
  await ensureFolder(folder);
  for (const name of await readdir(folder)) {
    if (name !== of) await rm(join(folder, name), { recursive: true, force: true });
  }
  const own = join(folder, of);
  const settings = usualSettings;
  const report = await runAudits(model, [source], {
    ...options,
    settings,
    software,
    folder: own,
    shard: null,
  });
  return writeReport(report!, own);
}
