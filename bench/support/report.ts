import { cpus } from 'node:os';

/** What a benchmark measured of one thing, and what it should be. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** The goal, for the percentile it is set for (0 to 1; 1 is the worst sample). */
  readonly goal?: { readonly atMost: number; readonly percentile: number };
  /** What the median is compared with: another row's median. */
  readonly relativeTo?: Row;
}

/** The sample below which the share `p` of the samples lies (nearest rank). */
function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

/** Prints what was measured, with percentiles, ratios and goals. A goal that was missed makes the process fail. */
export function report(title: string, rows: readonly Row[]): void {
  const header = [title, 'n', 'median', 'p90', 'worst', 'unit', 'ratio', 'goal', ''];
  const lines = rows.map((row) => {
    const at = (p: number) => figure(percentile(row.samples, p));
    const ratio = row.relativeTo && percentile(row.samples, 0.5) / percentile(row.relativeTo.samples, 0.5);
    return [
      row.what,
      String(row.samples.length),
      at(0.5),
      at(0.9),
      at(1),
      row.unit,
      ratio === undefined ? '' : `${figure(ratio)}×`,
      row.goal ? `${nameOf(row.goal.percentile)} ≤ ${row.goal.atMost}` : '',
      row.goal ? verdict(row) : '',
    ];
  });
  console.log(table([header, ...lines]));
  if (rows.some((row) => row.goal && !reached(row))) process.exitCode = 1;
}

/** The machine that the figures are of. */
export function machine(): string {
  const [first] = cpus();
  return `${first?.model.trim() ?? 'unknown processor'}, ${cpus().length} logical cores, Node ${process.versions.node}, ${process.platform}-${process.arch}`;
}

function reached({ samples, goal }: Row): boolean {
  return !goal || percentile(samples, goal.percentile) <= goal.atMost;
}

function verdict(row: Row): string {
  return reached(row) ? 'reached' : 'MISSED';
}

function nameOf(p: number): string {
  return p === 1 ? 'worst' : p === 0.5 ? 'median' : `p${Math.round(p * 100)}`;
}

/** Three digits are all that such a measurement is good for. */
export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The first column to the left, all others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n');
}
