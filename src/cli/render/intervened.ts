import { showProbability, showToken } from '../../core/display';
import type { Intervened, Outcome } from '../../core/intervention';
import type { Style } from '../style';
import { visible, visibleText } from './visible';

/** Before and after, for people. */
export function renderIntervened(found: Intervened, style: Style): string {
  const { before, after, target, contrast, changes } = found;
  const against = contrast ? ` rather than ${style.code(visible(showToken(contrast.text)))}` : '';
  const held = found.freezeAttention ? ', attention held' : '';
  const row = (what: string, of: (outcome: Outcome) => string) =>
    `  ${what.padEnd(12)} ${of(before).padStart(9)} → ${of(after)}\n`;
  const lines = [
    `${style.strong(visible(showToken(target.text)))}${against} with ${changes.join(', ')}${held}\n`,
    row('probability', ({ probability }) => showProbability(probability)),
    row('rank', ({ rank }) => `${rank}`),
    row(contrast ? 'difference' : 'logit', ({ metric }) => metric.toFixed(2)),
    row('entropy', ({ entropy }) => `${entropy.toFixed(2)} bits`),
  ];
  for (const [when, { top, continuation }] of [
    ['Before', before],
    ['After', after],
  ] as const) {
    const tokens = top.map(
      ({ text, probability }) => `${style.code(visible(showToken(text)))} ${showProbability(probability)}`,
    );
    lines.push(`${style.strong(when)}  ${tokens.join('  ')}\n`);
    if (continuation)
      lines.push(
        ...`${visibleText(continuation.text)}\n`
          .split('\n')
          .slice(0, -1)
          .map((line) => `  │ ${line}\n`),
      );
  }
  return lines.join('');
}
