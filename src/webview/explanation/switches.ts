import { showProbability, showToken } from '../../core/display';
import { type Method, methods } from '../../core/explanation';
import { type Granularity, granularities } from '../../core/granularity';
import { granularityWords, methodWords } from '../../core/methodWords';
import type { PanelState } from '../../core/panel';
import { button, type Child, h } from '../dom';
import type { Post } from '../pieces';

/** Other tokens that the token can be compared with at once. */
const mostRivals = 5;

/** How the token is explained: rather than which other, how finely told apart and, for experts, by which method. */
export function switches(state: PanelState, post: Post): HTMLElement {
  return h(
    'div.switches',
    {},
    state.end > state.selected + 1 ? null : contrastSwitch(state, post),
    granularitySwitch(state, post),
    state.mode === 'expert' ? methodSwitch(state, post) : null,
  );
}

function contrastSwitch({ explanation, selected }: PanelState, post: Post): HTMLElement | null {
  const target = explanation?.target;
  if (!target || target.index !== selected) return null;
  const now = explanation.contrast?.text ?? null;
  const rivals = target.alternatives.filter(({ id }) => id !== target.id).slice(0, mostRivals);
  const other = now !== null && !rivals.some(({ text }) => text === now) ? [now] : [];
  const choices: readonly Choice[] = [
    { value: 'alone', label: 'it is there at all' },
    ...rivals.map(({ text, probability }) => ({
      value: `token ${text}`,
      label: `${rather(text)} (p ${showProbability(probability)})`,
    })),
    ...other.map((text) => ({ value: `token ${text}`, label: rather(text) })),
    { value: 'other', label: 'it rather than another…' },
  ];
  return labelled(
    'Why',
    'Which question is answered: why it is there at all, or why it rather than another token',
    select('contrast', choices, now === null ? 'alone' : `token ${now}`, (value) => {
      if (value === 'other') post({ type: 'command', command: 'whyNot' });
      else post({ type: 'contrast', text: value === 'alone' ? null : value.slice('token '.length) });
    }),
  );
}

/** With what cannot be seen: a space before it may be all that tells the other token from the token itself. */
function rather(text: string): string {
  return `it rather than ‘${showToken(text)}’`;
}

/** A ladder: from single tokens up to whole blocks. */
function granularitySwitch({ granularity }: PanelState, post: Post): HTMLElement {
  const step = (each: Granularity) =>
    button(
      granularityWords[each],
      () => post({ type: 'granularity', granularity: each }),
      {
        title: `Sum up what came from each ${granularityWords[each]}`,
        'aria-pressed': granularity === each ? 'true' : 'false',
        'data-key': `granularity-${each}`,
      },
      'button.choice',
    );
  return labelled(
    'by',
    'How finely sources are told apart; the sums stay the same',
    h(
      'div.choices',
      { attributes: { role: 'group', 'aria-label': 'How finely sources are told apart' } },
      ...granularities.map(step),
    ),
  );
}

function methodSwitch({ method }: PanelState, post: Post): HTMLElement {
  const choices = methods.map((each) => ({ value: each, label: methodWords[each].name }));
  const { good, cost } = methodWords[method];
  return h(
    'div.method',
    {},
    labelled(
      'with',
      'How sources and total effects are computed; each method has its own meaning',
      select('method', choices, method, (value) => post({ type: 'method', method: value as Method })),
    ),
    h(
      'p.dim',
      { attributes: { title: 'What the method is good for, and what it costs beside one run of the model' } },
      `${good} Costs ${cost}.`,
    ),
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

function labelled(label: string, title: string, control: Child): HTMLElement {
  return h('label.switch', { attributes: { title } }, h('span.dim', {}, label), control);
}

function select(
  key: string,
  choices: readonly Choice[],
  chosen: string,
  change: (value: string) => void,
): HTMLSelectElement {
  const element = h(
    'select',
    { attributes: { 'data-key': `switch-${key}` } },
    ...choices.map(({ value, label }) =>
      h('option', { attributes: { value, selected: value === chosen } }, label),
    ),
  );
  element.addEventListener('change', () => {
    const { value } = element;
    // What is shown is what is so, until the answer comes.
    element.value = chosen;
    change(value);
  });
  return element;
}
