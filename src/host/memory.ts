import { execFile } from 'node:child_process';

/** Resident memory of a process in bytes, by `ps`; null where there is none (Windows) or no such process. */
export function memoryOf(pid: number): Promise<number | null> {
  if (process.platform === 'win32') return Promise.resolve(null);
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], { timeout: 2000 }, (error, output) => {
      const kilobytes = Number.parseInt(output, 10);
      resolve(error || Number.isNaN(kilobytes) ? null : kilobytes * 1024);
    });
  });
}
