import { showSigned } from '../../core/display';
import type { ScoredUnit } from '../../core/granularity';
import { Lines } from '../../core/places';
import type { Style } from '../style';
import { visible } from './visible';

const shownUnits = 12;
const longest = 60;

/** The units that brought the most, for or against, each with its line and the beginning of its text. */
export function renderUnits(units: readonly ScoredUnit[], text: string, style: Style): string[] {
  const lines = new Lines(text);
  const strongest = units.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score));
  const rows = strongest.slice(0, shownUnits).map(({ ranges, score }) => {
    const whole = ranges.map(({ start, end }) => text.slice(start, end)).join(' … ');
    const said = [...visible(whole.trim().replaceAll(/\s+/g, ' '))];
    const cut = said.length > longest ? `${said.slice(0, longest - 1).join('')}…` : said.join('');
    const at = ranges[0]!.start + (whole.length - whole.trimStart().length);
    const line = style.faint(`line ${lines.lineOf(at) + 1}`.padEnd(10));
    return `${showSigned(score).padStart(7)}  ${line}${style.code(cut || '(no text)')}`;
  });
  const rest = strongest.slice(shownUnits);
  if (rest.length === 0) return rows;
  const sum = rest.reduce((all, { score }) => all + score, 0);
  return [...rows, `${showSigned(sum).padStart(7)}  ${style.faint(`the other ${rest.length} together`)}`];
}
