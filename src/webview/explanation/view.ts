import type { Explanation } from '../../core/explanation';
import type { PanelState } from '../../core/panel';
import { type Child, h } from '../dom';
import { commandButton, errorBox, type Post } from '../pieces';
import { askedSection } from './asked/section';
import { attentionPicture } from './attention';
import { checksList } from './checks';
import { componentsPicture } from './components';
import { header, modeSwitch } from './header';
import { lensPicture } from './lens';
import { remainderLine, sourcesLegend, sourcesPicture } from './sources';
import { spanTokens } from './span';
import { tokenStrip } from './strip';
import { summaryPicture } from './summary';
import { switches } from './switches';

/** How the user has set the view; kept while it is hidden. */
export interface ViewUi {
  readonly unfolded: boolean;
  /** The component whose detail is open. */
  readonly part: string | null;
  /** Sections of the expert mode that were closed. */
  readonly closed: readonly string[];
}

export const firstUi: ViewUi = { unfolded: false, part: null, closed: [] };

/** The whole view of one token. */
export function explanationView(
  state: PanelState,
  ui: ViewUi,
  change: (ui: Partial<ViewUi>) => void,
  post: Post,
): readonly Child[] {
  const { explanation } = state;
  return [
    h(
      'div.top',
      {},
      h('span.title', { attributes: { title: `Record: ${state.record.title}` } }, state.record.title),
      modeSwitch(state, post),
    ),
    tokenStrip(state, post),
    h('div.progress', { attributes: { role: 'status' } }, state.progress ?? ''),
    askedSection(state, post),
    state.error === null ? null : errorBox(state, state.error, post),
    state.error !== null && !explanation ? null : header(state, post),
    switches(state, post),
    explanation
      ? h('div.body', {}, ...body(state, explanation, ui, change, post))
      : h('div.body.waiting', { attributes: { 'aria-hidden': 'true' } }),
    h(
      'footer',
      {},
      commandButton('Show Circuit', 'showCircuit', 'Draw the paths from the tokens to this one', post),
      commandButton(
        'Save as Circuit Test',
        'saveCircuitTest',
        'A file that states what was seen, and fails when it is no longer so',
        post,
      ),
      commandButton('Clear Marks', 'clearMarks', 'Remove the marks from the editor', post),
      h(
        'span.dim',
        { attributes: { title: 'The model that ran, its precision, and how contributions were computed' } },
        [state.record.model, state.record.precision, explanation?.method].filter(Boolean).join(' · '),
      ),
    ),
  ];
}

function body(
  state: PanelState,
  explanation: Explanation,
  ui: ViewUi,
  change: (ui: Partial<ViewUi>) => void,
  post: Post,
): readonly Child[] {
  const unfold = () => change({ unfolded: true });
  const tokens = explanation.span && spanTokens(state, explanation.span, post);
  const sources = sourcesPicture(state, explanation, ui.unfolded, unfold, post);
  if (state.mode === 'plain') {
    return [
      tokens,
      h('section', {}, h('h2', {}, 'Where it came from'), sources, sourcesLegend(state, explanation)),
      h('section', {}, h('h2', {}, 'What brought it about'), summaryPicture(state, explanation)),
    ];
  }
  const choose = (part: string) => change({ part: part === ui.part ? null : part });
  const section = (name: string, title: string, ...children: readonly Child[]) =>
    foldable(name, title, ui, change, children);
  return [
    tokens,
    section(
      'Sources',
      'What each token of the context brought',
      sources,
      sourcesLegend(state, explanation),
      remainderLine(explanation),
    ),
    section(
      'Components',
      'What each part of the model brought, directly',
      componentsPicture(state, explanation, ui.part, choose, post),
    ),
    explanation.lens.length > 0
      ? section('Lens', 'What the model would have written after each layer', lensPicture(explanation))
      : null,
    section(
      'Attention',
      'Where the heads that carry the answer looked',
      attentionPicture(state, explanation, post),
    ),
    section('Checks', 'Whether all this is true', checksList(explanation, state.progress)),
  ];
}

function foldable(
  name: string,
  title: string,
  ui: ViewUi,
  change: (ui: Partial<ViewUi>) => void,
  children: readonly Child[],
): HTMLElement {
  const open = !ui.closed.includes(name);
  const details = h(
    'details',
    { attributes: { open } },
    h(
      'summary',
      { attributes: { title, 'data-key': `section-${name}` } },
      h('h2', {}, name),
      h('span.dim', {}, title),
    ),
    ...children,
  );
  details.addEventListener('toggle', () => {
    if (details.open === open) return;
    change({ closed: open ? [...ui.closed, name] : ui.closed.filter((each) => each !== name) });
  });
  return details;
}
