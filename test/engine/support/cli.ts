import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

const program = resolve('dist/cli.js');

/** Runs `whence` as built, in a process of its own: no colour unless it is asked for, no telemetry setting of this one. */
export function whence(args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  const { FORCE_COLOR: _, NO_COLOR: __, ORT_DISABLE_TELEMETRY: ___, ...inherited } = process.env;
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: options.folder,
      env: { ...inherited, ...options.environment },
    });
    const read = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      return () => Buffer.concat(chunks).toString('utf8');
    };
    const stdout = read(child.stdout);
    const stderr = read(child.stderr);
    child.once('error', failed);
    child.once('close', (code) => done({ code, stdout: stdout(), stderr: stderr() }));
    // A program that refuses its arguments does not wait for its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
