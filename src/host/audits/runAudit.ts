// Whence: Run This Audit. Runs an audit file as it is in the editor, in a process of its own, and shows the report. Withdrawn,
// it goes on where it was when it is asked for again.

import { join } from 'node:path';
import * as vscode from 'vscode';
import type { AuditReports } from '../../core/audit/asked';
import { asWhenceError, WhenceError } from '../../core/errors';
import type { CircuitEngine } from '../circuits/engine';
import { auditLanguage } from '../circuits/language';
import { readAudit } from '../circuits/read';
import { nameOf } from '../documents';
import { hashOf } from '../hash';

const openPage = 'Open as Page';
const saveCopy = 'Save a Copy…';

export class Audits {
  constructor(
    private readonly engine: CircuitEngine,
    /** A folder for what was measured, and for the reports. */
    private readonly storage: string,
  ) {}

  /** @param file its URI; without it the file of the active editor */
  async run(file?: string): Promise<void> {
    const uri = file === undefined ? activeAudit() : vscode.Uri.parse(file);
    const { name, source, model } = await readAudit(uri);
    const folder = join(this.storage, hashOf(uri.toString()));
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `Whence: running the audit “${name}”`,
      cancellable: true,
    };
    const reports = await vscode.window.withProgress(options, async (progress, token) => {
      const onNotification = ({
        name: what,
        params,
      }: {
        readonly name: string;
        readonly params: unknown;
      }) => {
        if (what === 'progress') progress.report(params as { readonly message: string });
      };
      const answer = this.engine.ask('audit/run', model, uri, { source, folder }, { token, onNotification });
      return answer.catch((thrown: unknown) => {
        if (asWhenceError(thrown).code !== 'cancelled') throw thrown;
        vscode.window.setStatusBarMessage(`Whence: “${name}” is paused; Run This Audit goes on`, noticeTime);
        return null;
      });
    });
    if (reports) await show(name, reports, uri);
  }
}

/** Milliseconds for which the status bar says that it is paused. */
const noticeTime = 8000;

function activeAudit(): vscode.Uri {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId === auditLanguage) return document.uri;
  throw new WhenceError(
    'bad-argument',
    'Open an audit file (.audit) first: Run This Audit runs the one in the editor.',
  );
}

async function show(name: string, reports: AuditReports, audit: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreviewToSide', vscode.Uri.file(reports.markdown));
  const chosen = await vscode.window.showInformationMessage(
    `The report of the audit “${name}” is ready.`,
    openPage,
    saveCopy,
  );
  if (chosen === openPage) await vscode.env.openExternal(vscode.Uri.file(reports.html));
  if (chosen === saveCopy) await save(reports, audit);
}

/** As the kind of file that its name says. */
async function save({ markdown, html, json }: AuditReports, audit: vscode.Uri): Promise<void> {
  const name = nameOf(audit.toString()).replace(/\.audit$/, '');
  const place = await vscode.window.showSaveDialog({
    ...(audit.scheme !== 'untitled' && { defaultUri: vscode.Uri.joinPath(audit, '..', `${name}.md`) }),
    filters: { Markdown: ['md'], 'Web page': ['html'], JSON: ['json'] },
  });
  if (!place) return;
  const kind = place.path.split('.').at(-1);
  const from = kind === 'html' ? html : kind === 'json' ? json : markdown;
  await vscode.workspace.fs.copy(vscode.Uri.file(from), place, { overwrite: true });
}
