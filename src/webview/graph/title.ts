import type { CircuitSubject } from '../../core/circuitPanel';
import { showProbability } from '../../core/display';
import { button, type Child, h } from '../dom';
import { tokenCode } from '../pieces';

/** How far a trace is. */
export interface Tracing {
  readonly nodes: number;
  readonly wanted: number;
  readonly doing: string | null;
}

/** What the circuit is of, the answer in a sentence, and how far the trace is. */
export function title(
  subject: CircuitSubject,
  tracing: Tracing | null,
  notes: readonly string[],
  stop: () => void,
): readonly Child[] {
  const { target, contrast, probability, model, precision } = subject;
  return [
    h(
      'h1',
      {},
      target === null ? `Circuit: ${subject.title}` : 'Circuit of ',
      target === null ? null : tokenCode(target, 'The token that is explained'),
      contrast === null ? null : ' rather than ',
      contrast === null ? null : tokenCode(contrast, 'The token it is compared with'),
      probability === null
        ? null
        : h(
            'span.dim',
            { attributes: { title: 'Probability that the model gave this token here, from 0 to 1' } },
            ` p ${showProbability(probability)}`,
          ),
      h('span.dim.model', {}, ` ${[model, precision].filter((part) => part !== null).join(' · ')}`),
    ),
    subject.sentence === null ? null : h('p.sentence', {}, subject.sentence),
    tracing ? progress(tracing, stop) : null,
    ...notes.map((note) => h('p.note', {}, note)),
  ];
}

function progress({ nodes, wanted, doing }: Tracing, stop: () => void): HTMLElement {
  const words =
    nodes === 0 ? `${doing ?? 'Tracing'}…` : `Tracing: ${nodes} of ${wanted} parts, the strongest first`;
  return h(
    'p.progress',
    {},
    h('progress', {
      attributes: { max: wanted, value: nodes === 0 ? null : nodes, 'aria-label': 'Tracing' },
    }),
    h('span', {}, ` ${words} `),
    button('Stop', stop, { title: 'Keep what is there', 'data-key': 'stop' }, 'button.quiet'),
  );
}

/** A circuit that could not be had: why, and the way to try again. */
export function failure(message: string, again: (() => void) | null): HTMLElement {
  return h(
    'div.notice.error',
    { attributes: { role: 'alert' } },
    h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '✗'),
    h('p', {}, message),
    again ? button('Try Again', again, { 'data-key': 'again' }, 'button.quiet') : null,
  );
}
