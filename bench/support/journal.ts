import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Results of a long benchmark in a file, a line each, so that a run can be stopped and goes on where it was. */
export class Journal<T> {
  private readonly known = new Map<string, T>();

  /** @param file null for a run that keeps nothing */
  constructor(private readonly file: string | null) {
    if (file === null || !existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      // The last line of a run that was killed may be half of one.
      if (!line.endsWith('}')) continue;
      const { key, value } = JSON.parse(line, revived) as { key: string; value: T };
      this.known.set(key, value);
    }
  }

  /** What was measured under the key before, else what `measure` gives now. */
  async once(key: string, measure: () => Promise<T>): Promise<T> {
    if (this.known.has(key)) return this.known.get(key)!;
    const value = await measure();
    if (this.file !== null) appendFileSync(this.file, `${JSON.stringify({ key, value }, replaced)}\n`);
    return value;
  }
}

function replaced(_: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...value] };
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}

function revived(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const only = Object.keys(value).length === 1;
  if (only && 'map' in value) return new Map(value.map as [unknown, unknown][]);
  return only && 'number' in value ? Number(value.number) : value;
}
