import { type CircuitTested, idleBelow, type Kept } from '../../core/circuitTest';
import { showProbability } from '../../core/display';
import type { Style } from '../style';

/** A tested circuit for people. */
export function renderTested(tested: CircuitTested, style: Style): string {
  const { circuit, random, unavoidable, parts, all, ablation, questions, whole, none, minimality } = tested;
  const row = (what: string, { faithfulness, rest, probability }: Kept) =>
    `  ${what.padEnd(10)} ${shown(faithfulness)}  ${shown(rest)}     ${showProbability(probability)}\n`;
  const over = questions === 1 ? '' : `, mean over ${questions} prompts`;
  const lines = [
    `${style.strong(`${parts} of ${all} parts`)}, ${ablation} ablation of the others${over}\n`,
    `  the metric is ${whole.toFixed(2)} in the whole model and ${none.toFixed(2)} with none of its parts; shares are of the difference\n`,
    style.faint('              alone  without  probability alone\n'),
    row('circuit', circuit),
    ...random.map((kept, index) => row(`random ${index + 1}`, kept)),
    ...(random.length > 0 && unavoidable > 0
      ? [
          `  random circuits share ${unavoidable} of their parts with it: there are too few others of their kinds\n`,
        ]
      : []),
  ];
  if (minimality) {
    lines.push(style.faint('  left out by itself, the share made alone falls by\n'));
    for (const { name, loss } of minimality) {
      const idle = loss !== null && Math.abs(loss) < idleBelow ? '  idle' : '';
      lines.push(`  ${name.padEnd(10)} ${shown(loss)}${idle}\n`);
    }
  }
  return lines.join('');
}

function shown(share: number | null): string {
  return (share === null ? '–' : share.toFixed(2)).padStart(6);
}
