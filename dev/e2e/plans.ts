/** One load of the workbench's page. Phases after the first begin with a reload of the window. */
export interface Phase {
  /** Test files of test/e2e, without `.test.ts`. */
  readonly files: readonly string[];
  /** Where mocha runs: in the extension host, or beside the browser and so without the testing switch of the server. */
  readonly mocha: 'inside' | 'outside';
}

/** A VS Code that is started once, and what happens in it. */
export interface Plan {
  readonly name: string;
  /** How the extension gets in: from this folder, or from the package that would be published. */
  readonly extension: 'development' | 'vsix';
  readonly phases: readonly Phase[];
}

const scenario: readonly Phase[] = [
  { files: ['smoke', 'complete', 'unnamed'], mocha: 'inside' },
  { files: ['reload', 'themes', 'circuitFiles'], mocha: 'inside' },
];

export const plans: readonly Plan[] = [
  { name: 'development path', extension: 'development', phases: scenario },
  { name: 'packaged VSIX', extension: 'vsix', phases: scenario },
  { name: 'packaged VSIX, not testing', extension: 'vsix', phases: [{ files: ['quiet'], mocha: 'outside' }] },
];
