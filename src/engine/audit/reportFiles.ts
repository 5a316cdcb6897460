import { join } from 'node:path';
import type { AuditReports } from '../../core/audit/asked';
import { htmlOf } from '../../core/audit/html';
import { markdownOf } from '../../core/audit/markdown';
import type { AuditReport } from '../../core/audit/report';
import { reportBlocks, reportTitle } from '../../core/audit/reportText';
import { writeWhole } from '../partial';

/** Writes a report into a folder, for people and for programs; the paths of the files. */
export async function writeReport(report: AuditReport, folder: string): Promise<AuditReports> {
  const blocks = reportBlocks(report);
  const files: AuditReports = {
    html: join(folder, 'report.html'),
    markdown: join(folder, 'report.md'),
    json: join(folder, 'report.json'),
  };
  await writeWhole(files.html, htmlOf(reportTitle(report), blocks));
  await writeWhole(files.markdown, markdownOf(blocks));
  await writeWhole(files.json, `${JSON.stringify(report, null, 2)}\n`);
  return files;
}
