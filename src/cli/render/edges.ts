import { showProbability, showSigned } from '../../core/display';
import type { EdgeAttribution } from '../../core/edges';
import { quoted } from '../../core/quoted';
import type { Style } from '../style';
import { visible } from './visible';

/** The strongest edges, for people. */
export function renderEdges(found: EdgeAttribution, top: number, style: Style): string {
  const { edges, target, contrast, total, counterfactual, checks, warnings } = found;
  const strongest = edges.toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score)).slice(0, top);
  const widest = Math.max(...strongest.map(({ source }) => source.length));
  const asked = `${quoted(target.text)}${contrast ? ` rather than ${quoted(contrast.text)}` : ''}`;
  return [
    `${style.strong(visible(asked))}  p ${showProbability(target.probability)} · ${showSigned(total)}, with the other prompt ${showSigned(counterfactual)}`,
    ...checks.map(
      ({ name, value, holds }) => `${holds ? '✓' : '✗'} ${name}: off by ${value.toExponential(0)} at most.`,
    ),
    '',
    ...strongest.map(
      ({ source, target: reader, score }) =>
        `  ${showSigned(score).padStart(7)}  ${source.padStart(widest)} → ${reader}`,
    ),
    ...(edges.length > top ? [style.faint(`  ${edges.length - top} more edges; --json has them all.`)] : []),
    '',
    ...warnings,
    '',
  ].join('\n');
}
