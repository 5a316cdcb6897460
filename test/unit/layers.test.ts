import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

/** What a layer may know of the world. */
interface Layer {
  /** Layers whose files it may import, itself among them; types count as much as values. */
  readonly layers: readonly string[];
  readonly node: boolean;
  readonly vscode: boolean;
  /** npm packages in general. */
  readonly packages: boolean;
}

const layers: Readonly<Record<string, Layer>> = {
  core: { layers: ['core'], node: false, vscode: false, packages: false },
  engine: { layers: ['core', 'engine'], node: true, vscode: false, packages: true },
  host: { layers: ['core', 'host'], node: true, vscode: true, packages: true },
  webview: { layers: ['core', 'webview'], node: false, vscode: false, packages: true },
  cli: { layers: ['core', 'engine', 'cli'], node: true, vscode: false, packages: true },
};

const longestFile = 400;

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'));
}

/** Imports of a source file that its layer forbids; `path` is relative to the repository. */
function forbiddenImports(path: string, text: string): readonly string[] {
  const name = path.split('/')[1] ?? '';
  const layer = layers[name];
  if (!layer) return [`${path} lies in no known layer`];
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((imported) => !allowed(layer, path, imported))
    .map((imported) => `${path} imports ${imported}`);
}

function allowed(layer: Layer, path: string, imported: string): boolean {
  if (imported.startsWith('.')) {
    const target = posix.join(posix.dirname(path), imported);
    if (target === 'package.json') return layer.node;
    return layer.layers.some((name) => target.startsWith(`src/${name}/`));
  }
  if (imported === 'vscode') return layer.vscode;
  if (isBuiltin(imported)) return layer.node;
  return layer.packages;
}

/** Type errors of a layer's files when only the given libraries and ambient types exist. */
function errorsWithin(folder: string, lib: readonly string[], types: readonly string[]): readonly string[] {
  const options: ts.CompilerOptions = {
    ...ts.convertCompilerOptionsFromJson(
      ts.readConfigFile('tsconfig.json', ts.sys.readFile).config.compilerOptions,
      '.',
    ).options,
    lib: lib.map((name) => `lib.${name}.d.ts`),
    types: [...types],
  };
  const program = ts.createProgram(files(folder), options);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? folder}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}

describe('the layers', () => {
  it('are all there is in src', () => {
    const folders = readdirSync('src', { withFileTypes: true }).map(({ name }) => name);
    assert.deepEqual(
      folders.filter((name) => !(name in layers)),
      [],
    );
  });

  it('import along the arrows only', () => {
    const faults = files('src').flatMap((path) => forbiddenImports(path, readFileSync(path, 'utf8')));
    assert.deepEqual(faults, []);
  });

  it('are told apart by this test', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['src/core/a.ts', "import { b } from './b';", true],
      ['src/core/a.ts', "import fs from 'fs';", false],
      ['src/core/a.ts', "import type { Stats } from 'node:fs';", false],
      ['src/core/a.ts', "import type { Uri } from 'vscode';", false],
      ['src/core/deep/a.ts', "export * from '../../engine/model';", false],
      ['src/engine/run/a.ts', "import { b } from '../../core/b';", true],
      ['src/engine/run/a.ts', "const v = await import('vscode');", false],
      ['src/host/a.ts', "import type { Model } from '../engine/model';", false],
      ['src/host/a.ts', "const e = require('../engine/model');", false],
      ['src/webview/circuit/a.ts', "import { b } from '../../host/b';", false],
      ['src/webview/circuit/a.ts', "import { b } from 'node:path';", false],
      ['src/cli/a.ts', "import { b } from '../engine/b';", true],
      ['src/cli/a.ts', "import { b } from '../host/b';", false],
      ['src/cli/a.ts', "import { version } from '../../package.json';", true],
      ['src/core/a.ts', "import { version } from '../../package.json';", false],
      ['src/other/a.ts', '', false],
    ];
    for (const [path, text, fine] of cases) {
      assert.equal(forbiddenImports(path, text).length === 0, fine, `${path}: ${text}`);
    }
  });

  it('core needs nothing but the language', function () {
    this.timeout(300_000);
    assert.deepEqual(errorsWithin('src/core', ['es2023'], []), []);
  });

  it('webviews need nothing but the DOM', function () {
    this.timeout(300_000);
    assert.deepEqual(errorsWithin('src/webview', ['es2023', 'dom', 'dom.iterable'], []), []);
  });

  it('engine, host and command line need no DOM', function () {
    this.timeout(300_000);
    for (const name of ['engine', 'host', 'cli']) {
      assert.deepEqual(errorsWithin(`src/${name}`, ['es2023'], ['node', 'vscode']), []);
    }
  });

  it(`have no file of more than ${longestFile} lines`, () => {
    const long = ['src', 'test', 'dev', 'bench']
      .flatMap(files)
      .map((path) => ({ path, lines: readFileSync(path, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > longestFile);
    assert.deepEqual(long, []);
  });
});
