import { oldest } from '../vscode/versions';

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

/** The test files of a feature, with the extension from this folder: between two of them the window is loaded anew. */
const features: readonly (readonly string[])[] = [
  ['circuits'],
  ['audits'],
  ['indexModel'],
  ['questionsView'],
  ['questionsScan'],
  ['graph'],
  ['steering'],
  ['ownModels'],
  ['graphKept', 'graphReloaded'],
  ['questions'],
];

/** A VS Code for each feature: a reload would bring back editors, panels and answers that another one left. */
function planOf(files: readonly string[]): Plan {
  const phases = files.map((file): Phase => ({ files: [file], mocha: 'inside' }));
  return { name: files.join(', '), extension: 'development', phases };
}

/** What `--files` runs: the features that have one of these files, and what belongs to none by itself. */
export function plansOf(files: readonly string[]): readonly Plan[] {
  const named = features.filter((feature) => feature.some((file) => files.includes(file)));
  const others = files.filter((file) => !named.some((feature) => feature.includes(file)));
  return [...named, ...others.map((file) => [file])].map(planOf);
}

/**
 * Everything that is tested end to end in a version of VS Code. Whether the scenario holds with the extension from this folder
 * is a question of this folder and not of the version: the oldest gets it from the package only.
 */
export function plansFor(version: string): readonly Plan[] {
  const first: Plan = { name: 'development path', extension: 'development', phases: scenario };
  return [
    ...(version === oldest.vscode ? [] : [first]),
    ...features.map(planOf),
    { name: 'packaged VSIX', extension: 'vsix', phases: scenario },
    {
      name: 'packaged VSIX, not testing',
      extension: 'vsix',
      phases: [{ files: ['quiet'], mocha: 'outside' }],
    },
  ];
}
