// How often is *Scan* right about names? One stretch of every file of the sample in `corpus`: its names exist, and in each stretch
// one is replaced by a name that the model made up. The rules were chosen on every other file, the table is of the rest.
import { loadModel } from '../src/engine/run/load';
import { type ScanCase, scanCases } from './support/scanCases';

/** Marks on names that exist, of those in the text that was not used for choosing, that are printed. */
const listed = 12;

async function main(): Promise<void> {
  const model = await loadModel('models/whence-code', { threads: 0 });
  const halves: [ScanCase[], ScanCase[]] = [[], []];
  let file = 0;
  for await (const cases of scanCases(model)) halves[file++ % 2]!.push(...cases);
  await model.close();
  tell('chosen on', halves[0]);
  tell('tested on', halves[1]);
}

function tell(title: string, cases: readonly ScanCase[]): void {
  const count = (exists: boolean, marked: boolean) =>
    cases.filter((one) => one.exists === exists && one.marked === marked).length;
  const share = (some: number, all: number) => `${((100 * some) / Math.max(1, all)).toFixed(1)}%`;
  console.log(`\n${title}        no mark    marked`);
  for (const exists of [true, false]) {
    const [not, marked] = [count(exists, false), count(exists, true)];
    const name = (exists ? 'exist' : 'made up').padEnd(16);
    console.log(`${name}${String(not).padStart(9)}${String(marked).padStart(10)}`);
  }
  const [alarms, hits] = [count(true, true), count(false, true)];
  const [real, invented] = [alarms + count(true, false), hits + count(false, false)];
  console.log(
    `${share(alarms, real)} of the names that exist are marked, ${share(hits, invented)} of those made up; were both as common, ${share(hits / invented, hits / invented + alarms / real)} of the marks would be right`,
  );
  const wrong = cases.filter(({ exists, marked }) => exists && marked);
  const few = wrong.filter((_, index) => index % Math.ceil(wrong.length / listed) === 0);
  console.log(`marked and real: ${few.map(({ name, role }) => `${name} (${role})`).join(', ')}`);
}

void main();
