import type { ChangeOutcome, CircuitTrial, PanelChange } from '../../core/circuitPanel';
import { nameToken, showProbability, showShare, showSigned } from '../../core/display';
import type { Outcome } from '../../core/intervention';
import { button, type Child, h } from '../dom';
import { tokenCode } from '../pieces';

export interface StripActions {
  readonly undo: () => void;
  readonly undoAll: () => void;
  readonly stop: () => void;
  readonly dismiss: () => void;
}

export interface StripState {
  readonly outcome: ChangeOutcome | null;
  readonly trial: CircuitTrial | null;
  /** What is being done, in words; null when nothing is. */
  readonly doing: string | null;
  readonly problem: string | null;
  readonly mode: 'plain' | 'expert';
  readonly target: string | null;
  /** What a node is called. */
  readonly nameOf: (id: string) => string;
  /** Why a prediction of these changes may be wrong. */
  readonly predictionNote: (changes: readonly PanelChange[]) => string;
}

/** Before and after the changes in force, the result of a test, and what is being done. */
export function strip(state: StripState, actions: StripActions): readonly Child[] {
  const { doing, problem, outcome, trial } = state;
  return [
    doing === null
      ? null
      : h(
          'p.doing',
          { attributes: { role: 'status' } },
          `${doing}… `,
          button('Stop', actions.stop, { 'data-key': 'stop-change' }, 'button.quiet'),
        ),
    problem === null
      ? null
      : h(
          'div.notice.error',
          { attributes: { role: 'alert' } },
          h('span.icon', { attributes: { 'aria-hidden': 'true' } }, '✗'),
          h('p', {}, problem),
          button('Close', actions.dismiss, { 'data-key': 'dismiss' }, 'button.quiet'),
        ),
    outcome && outcome.changes.length > 0 ? outcomeBox(outcome, state, actions) : null,
    trial ? trialBox(trial, state, actions) : null,
  ];
}

/** A change as the strip and the badge of its node name it. */
export function howInWords(how: PanelChange['how'], mode: 'plain' | 'expert'): string {
  if (how.kind === 'scale') return `× ${how.factor}`;
  return mode === 'expert' ? `${how.kind}-ablated` : 'cut';
}

function outcomeBox(outcome: ChangeOutcome, state: StripState, actions: StripActions): HTMLElement {
  const { before, after, predicted, measured, agreement, changes, freezeAttention } = outcome;
  const { mode, nameOf } = state;
  const what = changes.map(({ nodes, how, everywhere }) => {
    const names = nodes.length > 2 ? `${nodes.length} parts` : nodes.map(nameOf).join(' and ');
    return `${names} ${howInWords(how, mode)}${everywhere ? ' everywhere' : ''}`;
  });
  const target = state.target === null ? 'the token' : nameToken(state.target);
  return h(
    'section.outcome',
    { attributes: { 'aria-label': 'Before and after' } },
    h(
      'p.headline',
      {},
      h('strong', {}, what.join(', ')),
      freezeAttention ? h('span.dim', {}, ' attention held') : null,
      button(
        'Undo',
        actions.undo,
        { title: 'Take the last change back (Ctrl+Z)', 'data-key': 'undo' },
        'button.quiet',
      ),
      changes.length > 1
        ? button('Undo all', actions.undoAll, { 'data-key': 'undo-all' }, 'button.quiet')
        : null,
    ),
    h(
      'p.effect',
      { attributes: { role: 'status' } },
      `Probability of ${target}: `,
      h(
        'strong.number',
        {},
        `${showProbability(before.probability)} → ${showProbability(after.probability)}`,
      ),
      h(
        'span.number',
        { attributes: { title: 'Change of the logit that the circuit explains' } },
        predicted === null
          ? ` · measured ${showSigned(measured)}`
          : ` · predicted ${showSigned(predicted)}, measured ${showSigned(measured)}`,
      ),
      agreement
        ? h(
            'span.dim',
            { attributes: { title: 'Pearson’s correlation of predicted and measured changes of the logit' } },
            ` · over ${agreement.count} cuts they agree with r = ${agreement.correlation.toFixed(2)}`,
          )
        : null,
    ),
    predicted === null ? null : h('p.dim', {}, state.predictionNote(changes)),
    h('div.sides', {}, side('Before', before, after), side('After', after, before)),
  );
}

function side(title: string, own: Outcome, other: Outcome): HTMLElement {
  return h(
    'div.side',
    {},
    h('h3', {}, title),
    h(
      'p.top',
      {},
      ...own.top.flatMap(({ text, probability }) => [
        tokenCode(text),
        h('span.number.dim', {}, ` ${showProbability(probability)}  `),
      ]),
    ),
    own.continuation ? continuation(own.continuation.text, other.continuation?.text ?? '') : null,
  );
}

/** A text with what the other one does not have marked. */
function continuation(text: string, other: string): HTMLElement {
  const [own, against] = [[...text], [...other]];
  let start = 0;
  while (start < own.length && own[start] === against[start]) start++;
  let end = 0;
  while (
    end < own.length - start &&
    end < against.length - start &&
    own[own.length - 1 - end] === against[against.length - 1 - end]
  )
    end++;
  const middle = own.slice(start, own.length - end).join('');
  return h(
    'pre.continuation',
    {},
    own.slice(0, start).join(''),
    middle === '' ? null : h('mark', {}, middle),
    own.slice(own.length - end).join(''),
  );
}

function trialBox(
  { parts, all, circuit, random }: CircuitTrial,
  { mode }: StripState,
  actions: StripActions,
): HTMLElement {
  const row = (title: string, part: number, chance: number) =>
    h(
      'tr',
      {},
      h('th', { attributes: { scope: 'row' } }, title),
      h('td.number', {}, showShare(part)),
      h('td.number', {}, showShare(chance)),
    );
  const expert = mode === 'expert';
  return h(
    'section.trial',
    { attributes: { 'aria-label': 'Test of this circuit' } },
    h(
      'p.headline',
      {},
      h('strong', {}, `Only these ${parts} of ${all} parts, all others at their mean`),
      button('Close', actions.dismiss, { 'data-key': 'close-trial' }, 'button.quiet'),
    ),
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', {}, 'Of what the whole model gives'),
          h('th.number', { attributes: { scope: 'col' } }, 'this circuit'),
          h('th.number', { attributes: { scope: 'col' } }, `${parts} random parts`),
        ),
      ),
      h(
        'tbody',
        {},
        row(
          expert ? 'only these (faithfulness)' : 'only these give',
          circuit.faithfulness,
          random.faithfulness,
        ),
        row(
          expert ? 'gone without these (completeness)' : 'gone without these',
          circuit.completeness,
          random.completeness,
        ),
      ),
    ),
  );
}
