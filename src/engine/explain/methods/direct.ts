import type { Asked, Attributed } from './method';

/** What every explanation has anyway: output-value attribution by token (../direct.ts). Parts have no total effect. */
export async function direct({ direct: { sources, remainder }, metric, total }: Asked): Promise<Attributed> {
  const scores = sources.reduce((sum, { score }) => sum + score, 0);
  return {
    sources,
    remainder: metric.linear ? remainder : total - scores,
    totals: null,
    checks: [],
    warnings: [],
  };
}
