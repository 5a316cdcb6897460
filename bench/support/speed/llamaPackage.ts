import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version of node-llama-cpp that is compared with: it carries llama.cpp as a prebuilt library. */
export const version = '3.22.1';

/** By `process.platform-process.arch`, the package of the library that runs on the processor. */
const libraries: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'mac-x64',
  'darwin-arm64': 'mac-arm64-metal',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/**
 * A folder that has node-llama-cpp among its packages: a temporary one, filled by npm the first time and kept. Null,
 * with the reason printed, where it cannot be had: the bench then compares with the machine's limits alone.
 */
export function llamaFolder(): string | null {
  const folder = join(tmpdir(), `whence-bench-node-llama-cpp-${version}`);
  if (existsSync(join(folder, 'node_modules', 'node-llama-cpp', 'package.json'))) return folder;
  const library = libraries[`${process.platform}-${process.arch}`];
  if (!library) return without(`it has no prebuilt library for ${process.platform}-${process.arch}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  const packages = [`node-llama-cpp@${version}`, `@node-llama-cpp/${library}@${version}`];
  // Its install script would build from source; the libraries for graphics cards are ten times the size of this one.
  const options = ['--no-save', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stderr, error } = spawnSync(npm, ['install', ...options, ...packages], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return folder;
  return without(error?.message ?? stderr.trim().split('\n').at(-1) ?? `npm ended with ${status}`);
}

function without(reason: string): null {
  console.log(
    `Nothing is compared with llama.cpp: node-llama-cpp ${version} could not be installed (${reason}).`,
  );
  return null;
}
