import type { ExportFormat, FromCircuitPanel } from '../../core/circuitPanel';
import { button, h } from '../dom';

type How = Extract<FromCircuitPanel, { readonly type: 'export' }>['how'];

const formats: readonly (readonly [ExportFormat, string, string, readonly How[]])[] = [
  ['words', 'Words', 'a short text that explains the circuit', ['copy', 'save', 'open']],
  ['png', 'PNG', 'a picture', ['save']],
  ['svg', 'SVG', 'a picture that scales', ['copy', 'save', 'open']],
  ['mermaid', 'Mermaid', 'a flow chart for Markdown', ['copy', 'save', 'open']],
  ['json', 'JSON', 'the whole graph, for circuit-tracer, Neuronpedia and Whence', ['copy', 'save', 'open']],
  ['html', 'HTML', 'one page that opens in any browser', ['save']],
];

const labels: Readonly<Record<How, string>> = { copy: 'Copy', save: 'Save…', open: 'Open in Editor' };

export interface Dialog {
  readonly element: HTMLDialogElement;
  toggle(): void;
  /** True when it was open. */
  close(): boolean;
}

/** What a circuit can be taken along as. */
export function shareDialog(chosen: (format: ExportFormat, how: How) => void): Dialog {
  const choose = (format: ExportFormat, how: How) => {
    made.close();
    chosen(format, how);
  };
  const made = dialog(
    'Copy or save the circuit',
    h('table.formats', {}, h('tbody', {}, ...formats.map((row) => formatRow(row, choose)))),
  );
  return made;
}

function formatRow(
  [format, name, meaning, hows]: (typeof formats)[number],
  choose: (format: ExportFormat, how: How) => void,
): HTMLElement {
  const cell = (how: How) =>
    h(
      'td',
      {},
      hows.includes(how)
        ? button(
            labels[how],
            () => choose(format, how),
            { 'data-key': `${how}-${format}`, 'aria-label': `${labels[how]} ${name}` },
            'button.quiet',
          )
        : null,
    );
  return h(
    'tr',
    {},
    h('th', { attributes: { scope: 'row' } }, name, h('span.dim', {}, ` ${meaning}`)),
    cell('copy'),
    cell('save'),
    cell('open'),
  );
}

/** The keys, over the drawing. */
export function keyDialog(keys: readonly (readonly [string, string])[]): Dialog {
  return dialog('Keys', h('dl', {}, ...keys.flatMap(([key, what]) => [h('dt', {}, key), h('dd', {}, what)])));
}

function dialog(title: string, content: HTMLElement): Dialog {
  const element: HTMLDialogElement = h(
    'dialog',
    { attributes: { 'aria-label': title } },
    h('h2', {}, title),
    content,
    button('Close', () => element.close(), {}, 'button.quiet'),
  );
  return {
    element,
    toggle: () => (element.open ? element.close() : element.showModal()),
    close() {
      const { open } = element;
      element.close();
      return open;
    },
  };
}
