import { showSigned } from '../../core/display';
import type { Component, Explanation } from '../../core/explanation';
import type { HeadScores } from '../../core/model';
import { type Part, partOf, roles, rolesOf } from '../../core/parts';
import type { Style } from '../style';

const columnsFor = 28;
const columnsAgainst = 10;
/** Parts with less than this share of the strongest one's contribution are summed into one row a layer. */
const leastShare = 0.05;

/** The components as signed bars by layer, the last layer first: layers stand upward. */
export function renderComponents(
  { components }: Explanation,
  headScores: readonly HeadScores[] | null,
  style: Style,
): string[] {
  const largest = Math.max(...components.map(({ direct }) => Math.abs(direct)));
  const groups = new Map<number, Component[]>();
  for (const component of components) {
    const layer = layerOf(partOf(component.name));
    groups.set(layer, [...(groups.get(layer) ?? []), component]);
  }
  const layers = [...groups.keys()].sort((a, b) => b - a);
  return layers.flatMap((layer) => {
    const group = groups.get(layer)!.toSorted((a, b) => b.direct - a.direct);
    const weak = group.filter(({ direct }) => Math.abs(direct) < leastShare * largest);
    const folded = weak.length > 1 ? weak : [];
    const rows = group
      .filter((component) => !folded.includes(component))
      .map(({ name, direct, total }) => row(name, letters(name, headScores), direct, total, largest, style));
    if (folded.length === 0) return rows;
    const rest = folded.reduce((sum, { direct }) => sum + direct, 0);
    return [...rows, row(`L${layer} rest`, '', rest, null, largest, style)];
  });
}

/** The neurons that were asked for, strongest first. */
export function renderNeurons({ neurons = [] }: Explanation, style: Style): string[] {
  const largest = Math.max(...neurons.map(({ direct }) => Math.abs(direct)));
  return neurons.map(({ name, direct, total }) => row(name, '', direct, total, largest, style));
}

/** What belongs to no layer comes last. */
function layerOf(part: Part | null): number {
  return part && 'layer' in part ? part.layer : -1;
}

function letters(name: string, headScores: readonly HeadScores[] | null): string {
  const part = partOf(name);
  if (part?.kind !== 'head') return '';
  return rolesOf(headScores, part.layer, part.head)
    .map((role) => roles[role].letter)
    .join('');
}

/** Effects through all paths of several parts are no sum, so folded rows have none. */
function row(
  name: string,
  role: string,
  direct: number,
  total: number | null,
  largest: number,
  style: Style,
): string {
  const through = style.faint((total === null ? '' : showSigned(total)).padStart(8));
  const label = `${name.padEnd(8)}${style.faint(role.padEnd(4))}${showSigned(direct).padStart(7)}${through} `;
  return `${label}${bar(direct, largest, style)}`;
}

/** Negative to the left of the axis, positive to the right. */
function bar(value: number, largest: number, style: Style): string {
  const columns = (Math.abs(value) / largest) * columnsFor;
  if (value >= 0) return `${' '.repeat(columnsAgainst)}${style.faint('│')}${style.bar(eighths(columns), 1)}`;
  const length = Math.min(columnsAgainst, Math.round(columns));
  return `${' '.repeat(columnsAgainst - length)}${style.bar('░'.repeat(length), -1)}${style.faint('│')}`;
}

function eighths(columns: number): string {
  const whole = Math.floor(columns);
  return (
    '█'.repeat(whole) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][Math.floor((columns - whole) * 8)] ?? '')
  );
}
