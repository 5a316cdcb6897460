// Builds everything there is to build: the product into dist/, what develops and tests it into out/.
//   node esbuild.mjs [--production] [--tests]
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { build } from 'esbuild';

const production = process.argv.includes('--production');
const tests = process.argv.includes('--tests');

const common = {
  bundle: true,
  sourcemap: production ? false : 'linked',
  minify: production,
  logLevel: 'warning',
};

/** What runs under Node. onnxruntime-node looks for its native binding beside itself, so it is never bundled. */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', 'onnxruntime-node'],
};

/** Development code leaves every package where npm put it. */
const development = {
  ...node,
  minify: false,
  sourcemap: 'inline',
  packages: 'external',
  outbase: '.',
  outdir: 'out',
};

function sources(folder, suffix) {
  return readdirSync(folder, { recursive: true })
    .map((name) => `${folder}/${name}`.replaceAll('\\', '/'))
    .filter((name) => name.endsWith(suffix));
}

const jobs = [
  {
    ...node,
    outdir: 'dist',
    entryPoints: {
      extension: 'src/host/extension.ts',
      server: 'src/engine/server.ts',
      cli: 'src/cli/main.ts',
      template: 'src/engine/chat/worker.ts',
      graphReader: 'src/host/graphs/reader.ts',
    },
  },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    outdir: 'dist/webview',
    entryPoints: {
      explanation: 'src/webview/explanation/main.ts',
      graph: 'src/webview/graph/main.ts',
      saved: 'src/webview/saved/main.ts',
    },
  },
];

if (!production) jobs.push({ ...development, entryPoints: sources('dev', '.ts') });

if (tests) {
  jobs.push(
    { ...development, entryPoints: sources('bench', '.ts') },
    {
      ...development,
      entryPoints: ['unit', 'engine', 'webview', 'e2e'].flatMap((kind) => sources(`test/${kind}`, '.ts')),
    },
    // Host tests call the real activate() against a fake `vscode` whose effects are asserted as text.
    {
      ...development,
      entryPoints: sources('test/host', '.test.ts'),
      alias: { vscode: './test/host/vscode.ts' },
      external: ['onnxruntime-node'],
    },
  );
}

// Grammars of the languages that most code is in; every other one that the package has would add up to five megabytes.
const grammars = ['', '-python', '-typescript', '-tsx', '-javascript', '-go', '-java', '-rust'];
mkdirSync('dist/tree-sitter', { recursive: true });
for (const name of grammars) {
  const file = `tree-sitter${name}.wasm`;
  copyFileSync(`node_modules/@vscode/tree-sitter-wasm/wasm/${file}`, `dist/tree-sitter/${file}`);
}

await Promise.all(jobs.map((job) => build(job)));
