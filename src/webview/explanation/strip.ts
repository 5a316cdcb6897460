import { nameToken, showProbability } from '../../core/display';
import type { PanelState, PanelToken } from '../../core/panel';
import { arrowStep, h } from '../dom';
import type { Post } from '../pieces';
import { isIndent, unbroken } from './sources';

/** The tokens of the record that can be explained, as running code: one is chosen, the arrows lead to the others. */
export function tokenStrip(state: PanelState, post: Post): HTMLElement {
  const tokens = state.tokens.slice(state.first);
  const options = tokens.map((token) =>
    option(token, token.index >= state.selected && token.index < state.end, post),
  );
  const reachable = options.find((each) => each.tabIndex === 0) ?? options[0];
  for (const each of options) each.tabIndex = each === reachable ? 0 : -1;
  return h(
    'div.strip.code',
    {
      attributes: {
        role: 'listbox',
        'aria-label': 'Tokens that can be explained',
        'aria-multiselectable': state.end > state.selected + 1,
        'aria-orientation': 'horizontal',
        'data-scroll': 'strip',
      },
      on: { keydown: (event) => move(event, options) },
    },
    ...options,
  );
}

function option(token: PanelToken, selected: boolean, post: Post): HTMLElement {
  const probability = token.probability === null ? '' : `, probability ${showProbability(token.probability)}`;
  const stale = token.stale ? ', stale: its text was changed since' : '';
  const name = `${nameToken(token.text)}${probability}${stale}`;
  const choose = () => post({ type: 'select', index: token.index });
  const classes = ['option', token.stale ? 'stale' : '', isIndent(token.text) ? 'indent' : ''].filter(
    Boolean,
  );
  return h(
    `span.${classes.join('.')}`,
    {
      attributes: {
        role: 'option',
        tabindex: selected ? 0 : -1,
        title: `${name}\nClick to explain it`,
        'aria-label': name,
        'aria-selected': selected ? 'true' : 'false',
        'data-key': `token-${token.index}`,
      },
      on: {
        click: choose,
        keydown: (event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          choose();
        },
      },
    },
    token.special ? token.text : unbroken(token.text).replaceAll(/\r?\n/g, '⏎\n'),
  );
}

function move(event: KeyboardEvent, options: readonly HTMLElement[]): void {
  const step = arrowStep(event.key, ['ArrowLeft', 'ArrowUp'], ['ArrowRight', 'ArrowDown']);
  if (step === null) return;
  event.preventDefault();
  const now = options.indexOf(document.activeElement as HTMLElement);
  const next = options[Math.max(0, Math.min(options.length - 1, now + step))];
  for (const each of options) each.tabIndex = each === next ? 0 : -1;
  next?.focus();
}

/** Scrolls the strip, and nothing else, so that the chosen token is seen. */
export function showChosen(page: ParentNode): void {
  const chosen = page.querySelector<HTMLElement>('.strip [aria-selected="true"]');
  const strip = chosen?.closest<HTMLElement>('.strip');
  if (!chosen || !strip) return;
  const [at, box] = [chosen.getBoundingClientRect(), strip.getBoundingClientRect()];
  if (at.top < box.top) strip.scrollTop -= box.top - at.top + at.height;
  if (at.bottom > box.bottom) strip.scrollTop += at.bottom - box.bottom + at.height;
}
