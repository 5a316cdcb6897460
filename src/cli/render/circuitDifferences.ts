import { type Difference, isBroken } from '../circuits/differences';
import type { FileOutcome } from '../circuits/outcome';
import type { Style } from '../style';
import { renderOutcome } from './circuitTest';
import { visible } from './visible';

/** What became of files in two models, for people: each expectation with what was measured in both. */
export function renderDifferences(
  first: readonly FileOutcome[],
  second: readonly FileOutcome[],
  differences: readonly Difference[],
  style: Style,
): string {
  const lines = first.flatMap((outcome, at) => {
    const other = second[at]!;
    const broken = [outcome, other].filter(({ result }) => !result);
    if (broken.length > 0) {
      const inWhich = outcome.result
        ? 'in the second model'
        : other.result
          ? 'in the first model'
          : 'in both';
      return [`${visible(outcome.file)}: ${inWhich}`, renderOutcome(broken[0]!, style)];
    }
    const own = differences.filter(({ file }) => file === outcome.file);
    const models = `${outcome.model!.id} → ${other.model!.id}`;
    return [
      `${style.strong(visible(outcome.result!.name))}  ${style.faint(visible(`${outcome.file}, ${models}`))}`,
      ...own.map((difference) => line(difference, style)),
      '',
    ];
  });
  const count = (wanted: (each: Difference) => boolean) => differences.filter(wanted).length;
  const broke = count(isBroken);
  const sum = [
    `${count(({ holds: [a, b] }) => a && b)} of ${differences.length} expectations hold in both`,
    `${broke} broke`,
    `${count(({ holds: [a, b] }) => !a && b)} hold in the second alone`,
    `${count(({ holds: [a, b] }) => !a && !b)} in neither`,
  ];
  return `${[...lines, (broke > 0 ? style.bad : style.good)(sum.join(', '))].join('\n')}\n`;
}

function line({ text, line: at, file, holds: [a, b], measured }: Difference, style: Style): string {
  const words = a && b ? 'both' : a ? 'broke' : b ? 'second alone' : 'neither';
  const mark = a && b ? style.good('✓') : a || !b ? style.bad('✗') : style.good('+');
  const values = `${measured[0]} → ${measured[1]}`;
  return `  ${mark} ${words}: ${visible(text)}  ${style.faint(visible(`${values}  ${file}:${at}`))}`;
}
