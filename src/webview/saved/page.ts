// In place of VS Code, in a page of its own: hands the panel the circuit that is in the page, and does what a browser can
// do of what the panel asks.

import type { ExportFormat, FromCircuitPanel, PanelCircuit, ToCircuitPanel } from '../../core/circuitPanel';
import { importGraph } from '../../core/interchange/import';
import { type SavedCircuit, savedCircuitId } from '../../core/savedPage';

const types: Readonly<Record<ExportFormat, { readonly ending: string; readonly type: string }>> = {
  svg: { ending: 'svg', type: 'image/svg+xml' },
  png: { ending: 'png', type: 'image/png' },
  mermaid: { ending: 'mmd', type: 'text/plain' },
  json: { ending: 'json', type: 'application/json' },
  words: { ending: 'md', type: 'text/markdown' },
  html: { ending: 'html', type: 'text/html' },
};

/** Of the page before the panel draws into it. */
const source = document.documentElement.outerHTML;

function circuitInPage(): PanelCircuit {
  const text = document.getElementById(savedCircuitId)?.textContent ?? '';
  const { graph, ...rest } = JSON.parse(text) as SavedCircuit;
  const { document: graphDocument, warnings } = importGraph(JSON.stringify(graph));
  return {
    ...rest,
    document: graphDocument,
    live: false,
    features: false,
    notes: [...rest.notes, ...warnings],
  };
}

function say(message: ToCircuitPanel): void {
  // The panel listens when the script that made it has run to its end.
  setTimeout(() => window.postMessage(message, '*'));
}

function receive(message: FromCircuitPanel): void {
  switch (message.type) {
    case 'ready':
      say({ type: 'mode', mode: 'expert' });
      say({ type: 'circuit', circuit: circuitInPage(), saved: null });
      break;
    case 'mode':
      say(message);
      break;
    case 'export':
      take(message);
      break;
  }
}

function take({ format, how, name, content }: Extract<FromCircuitPanel, { readonly type: 'export' }>): void {
  const { ending, type } = types[format];
  const text = content ?? `<!DOCTYPE html>\n${source}`;
  if (how === 'copy') {
    void navigator.clipboard?.writeText(text);
    return;
  }
  const bytes = format === 'png' ? Uint8Array.from(atob(text), (each) => each.charCodeAt(0)) : text;
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.${ending}`;
  link.click();
  URL.revokeObjectURL(address);
}

let state: unknown;
Object.assign(window, {
  acquireVsCodeApi: () => ({
    postMessage: receive,
    getState: () => state,
    setState: (next: unknown) => {
      state = next;
    },
  }),
});
