import { join } from 'node:path';
import { htmlOf } from '../../core/audit/html';
import { markdownOf } from '../../core/audit/markdown';
import type { AuditReport } from '../../core/audit/report';
import { reportBlocks, reportTitle } from '../../core/audit/reportText';
import { writeWhole } from '../partial';

/** Writes a report into a folder, for people and for programs; the paths of the files. */
export async function writeReport(report: AuditReport, folder: string): Promise<readonly string[]> {
  const blocks = reportBlocks(report);
  const files: readonly (readonly [string, string])[] = [
    ['report.html', htmlOf(reportTitle(report), blocks)],
    ['report.md', markdownOf(blocks)],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
  ];
  for (const [name, content] of files) await writeWhole(join(folder, name), content);
  return files.map(([name]) => join(folder, name));
}
