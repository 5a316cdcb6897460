/** How far an audit is. */
export interface AuditProgress {
  readonly doing: 'pairs' | 'mechanisms';
  readonly done: number;
  readonly of: number;
}

/** The same for people. */
export function progressInWords({ doing, done, of }: AuditProgress): string {
  return `${doing === 'pairs' ? 'Pairs of prompt and control' : 'Looking for mechanisms'}: ${done} of ${of}`;
}
