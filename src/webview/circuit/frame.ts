import { showProbability } from '../../core/display';
import type { PanelState } from '../../core/panel';
import { button, type Child, h } from '../dom';
import { errorBox, type Post, tokenCode } from '../pieces';
import { keys } from './keys';

/** Which token, the answer in a sentence, and what is being done. */
export function titleBar(state: PanelState, post: Post): readonly Child[] {
  const token = state.tokens[state.selected];
  const target = state.explanation?.target;
  const contrast = state.explanation?.contrast;
  const probability = target?.probability ?? token?.probability ?? null;
  return [
    state.error === null ? null : errorBox(state, state.error, post),
    h(
      'h1',
      {},
      'Circuit of ',
      tokenCode(target?.text ?? token?.text ?? '', 'The token that is explained'),
      contrast ? ' rather than ' : null,
      contrast ? tokenCode(contrast.text, 'The token it is compared with') : null,
      h(
        'span.dim',
        { attributes: { title: 'Probability that the model gave this token here, from 0 to 1' } },
        probability === null ? '' : ` p ${showProbability(probability)}`,
      ),
    ),
    h('p.sentence', {}, state.answer?.sentence ?? '…'),
    h('p.progress', { attributes: { role: 'status' } }, state.progress ?? ''),
  ];
}

export interface ToolbarActions {
  readonly keep: (share: number) => void;
  readonly fit: () => void;
  readonly table: () => void;
  readonly copy: () => void;
  readonly keys: () => void;
  /** True when something was found. */
  readonly search: (text: string) => boolean;
}

export interface Toolbar {
  readonly element: HTMLElement;
  update(keep: number, table: boolean): void;
  focusSearch(): void;
}

/** Slider, search and buttons; built once, so that a drag of the slider is never interrupted. */
export function toolbar(actions: ToolbarActions): Toolbar {
  const percent = h('output.number', {});
  const slider = h('input', {
    attributes: {
      type: 'range',
      min: 10,
      max: 100,
      step: 1,
      'aria-label': 'Share of the effect that is drawn',
      id: 'keep',
    },
    on: { input: () => actions.keep(Number(slider.value) / 100) },
  });
  const search = h('input', {
    attributes: { type: 'search', placeholder: 'Search ( / )', 'aria-label': 'Search for a token or a part' },
    on: {
      keydown: (event) => {
        if (event.key !== 'Enter') return;
        search.setAttribute('aria-invalid', actions.search(search.value) ? 'false' : 'true');
      },
      input: () => search.removeAttribute('aria-invalid'),
    },
  });
  const tableButton = button('Table', actions.table, { title: 'The same as text (T)' }, 'button.quiet');
  return {
    element: h(
      'div.toolbar',
      { attributes: { role: 'toolbar', 'aria-label': 'Circuit' } },
      h(
        'label.keep',
        {
          attributes: {
            title:
              'Share of all pushes, for and against, that is drawn part by part; what is left is summed up',
          },
        },
        'keep ',
        slider,
        percent,
      ),
      search,
      button('Fit', actions.fit, { title: 'Show the whole drawing (0)' }, 'button.quiet'),
      tableButton,
      button('Copy', actions.copy, { title: 'Copy the circuit as text' }, 'button.quiet'),
      button('?', actions.keys, { title: 'Keys (?)', 'aria-label': 'Show the keys' }, 'button.quiet'),
    ),
    update(keep, table) {
      slider.value = String(Math.round(keep * 100));
      percent.textContent = `${Math.round(keep * 100)}% of the effect`;
      tableButton.setAttribute('aria-pressed', table ? 'true' : 'false');
    },
    focusSearch: () => search.focus(),
  };
}

export interface Help {
  readonly element: HTMLDialogElement;
  toggle(): void;
  /** True when it was open. */
  close(): boolean;
}

/** The keys, over the drawing. */
export function help(): Help {
  const element = h(
    'dialog.keys',
    { attributes: { 'aria-label': 'Keys' } },
    h('h2', {}, 'Keys'),
    h('dl', {}, ...keys.flatMap(([key, what]) => [h('dt', {}, key), h('dd', {}, what)])),
    button('Close', () => element.close(), {}, 'button.quiet'),
  );
  return {
    element,
    toggle: () => (element.open ? element.close() : element.showModal()),
    close() {
      const open = element.open;
      element.close();
      return open;
    },
  };
}
