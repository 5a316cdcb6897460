import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createVSIX, listFiles } from '@vscode/vsce';
import { cache, platform, repository } from './paths';

/** A VSIX over this size is refused, as is one without any of `needed`. */
const limitBytes = 30 * 1024 * 1024;
const bindings = 'node_modules/onnxruntime-node/bin/napi-v6';

const needed = [
  'dist/extension.js',
  'dist/server.js',
  'dist/cli.js',
  'dist/template.js',
  'dist/graphReader.js',
  'dist/tree-sitter/tree-sitter.wasm',
  'dist/tree-sitter/tree-sitter-python.wasm',
  'dist/webview/explanation.js',
  'dist/webview/graph.js',
  'dist/webview/saved.js',
  'models/whence-code/model.safetensors',
  'models/whence-code/index.whix',
  'corpus/README.md',
  'THIRD-PARTY-NOTICES.txt',
];

export interface Package {
  readonly path: string;
  readonly bytes: number;
  readonly files: readonly string[];
}

/** Builds for production and packs the extension for the platform this runs on. */
export async function packageExtension(): Promise<Package> {
  const binding = `${bindings}/${process.platform}/${process.arch}`;
  if (!existsSync(join(repository, binding))) {
    throw new Error(
      `onnxruntime-node has no binding for ${platform}, so no package can be made on and for this platform.`,
    );
  }
  await promisify(execFile)(process.execPath, ['esbuild.mjs', '--production'], { cwd: repository });

  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    version: string;
  };
  const path = join(repository, `whence-${platform}-${version}.vsix`);
  await mkdir(cache, { recursive: true });
  const ignoreFile = join(cache, `vscodeignore-${platform}`);
  const allowed = await readFile(join(repository, '.vscodeignore'), 'utf8');
  await writeFile(ignoreFile, `${allowed}!${binding}/**\n`);
  await createVSIX({
    cwd: repository,
    packagePath: path,
    target: platform,
    ignoreFile,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });

  const files = (await listFiles({ cwd: repository, ignoreFile })).map((name) => name.replaceAll('\\', '/'));
  const { size: bytes } = await stat(path);
  const fault = faultOf(files, bytes, binding);
  if (fault) {
    await rm(path);
    throw new Error(`The package was made and deleted: ${fault}.`);
  }
  return { path, bytes, files };
}

/** What must not be in a package, or null. */
function faultOf(files: readonly string[], bytes: number, binding: string): string | null {
  if (bytes > limitBytes) return `it takes ${bytes} bytes, more than the ${limitBytes} it may`;
  const foreign = files.find((name) => name.startsWith(bindings) && !name.startsWith(`${binding}/`));
  if (foreign) return `${foreign} is for another platform`;
  const map = files.find((name) => name.endsWith('.map'));
  if (map) return `${map} is of use to developers only`;
  const missing = needed.find((name) => !files.includes(name));
  return missing ? `${missing} is missing` : null;
}
