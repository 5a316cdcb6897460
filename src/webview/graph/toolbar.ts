import { leastKeep, mostKeep } from '../../core/picture/keeping';
import { isDrawn, type Picture } from '../../core/picture/picture';
import { button, h } from '../dom';

export interface ToolbarActions {
  readonly keep: (percent: number) => void;
  readonly more: () => void;
  readonly fit: () => void;
  readonly table: () => void;
  readonly test: () => void;
  readonly share: () => void;
  readonly keys: () => void;
  /** True when something was found. */
  readonly search: (text: string) => boolean;
}

export interface Toolbar {
  readonly element: HTMLElement;
  update(percent: number, table: boolean, live: boolean): void;
  focusSearch(): void;
}

/** Slider, search and buttons; built once, so that a drag of the slider is never interrupted. */
export function toolbar(actions: ToolbarActions): Toolbar {
  const percent = h('output.number', { attributes: { for: 'keep' } });
  const slider = h('input', {
    attributes: {
      type: 'range',
      min: leastKeep,
      max: mostKeep,
      step: 1,
      id: 'keep',
      'aria-label': 'Share of the influence that is drawn',
    },
    on: { input: () => actions.keep(Number(slider.value)) },
  });
  const search = h('input', {
    attributes: {
      type: 'search',
      placeholder: 'Search ( / )',
      'aria-label': 'Search for a token or a part, drawn or not',
      'data-key': 'search',
    },
    on: {
      keydown: (event) => {
        if (event.key !== 'Enter') return;
        search.setAttribute('aria-invalid', actions.search(search.value) ? 'false' : 'true');
      },
      input: () => search.removeAttribute('aria-invalid'),
    },
  });
  const tableButton = button('Table', actions.table, { title: 'The same as a table (T)' }, 'button.quiet');
  const moreButton = button(
    'Trace More',
    actions.more,
    { title: 'Everything that was traced is drawn: trace twice as many parts' },
    'button.quiet',
  );
  const testButton = button(
    'Test This Circuit',
    actions.test,
    { title: 'Run the model with only the drawn parts, and with all but these' },
    'button.quiet',
  );
  return {
    element: h(
      'div.toolbar',
      { attributes: { role: 'toolbar', 'aria-label': 'Circuit' } },
      h(
        'label.keep',
        {
          attributes: {
            title: 'The strongest parts that hold this share of all influence on the answer between them',
          },
        },
        'less ',
        slider,
        ' more ',
        percent,
      ),
      moreButton,
      search,
      button('Fit', actions.fit, { title: 'Show the whole drawing (0)' }, 'button.quiet'),
      tableButton,
      testButton,
      button(
        'Copy or Save…',
        actions.share,
        { title: 'As a picture, as text, or for other tools' },
        'button.quiet',
      ),
      button('?', actions.keys, { title: 'Keys (?)', 'aria-label': 'Show the keys' }, 'button.quiet'),
    ),
    update(value, table, live) {
      slider.value = String(value);
      percent.textContent = `${value}%`;
      slider.setAttribute('aria-valuetext', `${value}% of the influence`);
      tableButton.setAttribute('aria-pressed', table ? 'true' : 'false');
      testButton.hidden = !live;
      moreButton.hidden = !live || value < mostKeep;
    },
    focusSearch: () => search.focus(),
  };
}

/** How many nodes and edges are drawn, in words. */
export function countOf(picture: Picture, all: number): string {
  const edges = picture.edges.filter((edge) => isDrawn(picture, edge)).length;
  return `${picture.parts} of ${all} parts, ${edges} edges`;
}
