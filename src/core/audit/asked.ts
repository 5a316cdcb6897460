import type { AuditSource } from './journal';

export interface RunAuditParams {
  /** With its prompts and controls as who asks has read them. */
  readonly source: AuditSource;
  /** Of this file alone: where what was measured is kept until the next time, and the reports. Nothing else is to be in it. */
  readonly folder: string;
}

/** Where the reports of an audit are. */
export interface AuditReports {
  readonly html: string;
  readonly markdown: string;
  readonly json: string;
}
