// npm run bench [-- NAME…]: runs the benchmarks of bench/, all or the named ones, one after the other in processes of
// their own. Fails when one of them failed or missed a goal.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from '../bench/support/report';
import { repository } from './paths';

const folder = join(repository, 'out/bench');
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
  .sort();

function run(names: readonly string[]): number {
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
    return 2;
  }
  console.log(machine());
  const failed = (names.length > 0 ? names : all).filter((name) => {
    console.log(`\n── ${name} ──`);
    return spawnSync(process.execPath, [join(folder, `${name}.js`)], { stdio: 'inherit' }).status !== 0;
  });
  if (failed.length > 0) console.error(`\nFailed or missed a goal: ${failed.join(', ')}.`);
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = run(process.argv.slice(2));
