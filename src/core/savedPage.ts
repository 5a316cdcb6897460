import type { PanelCircuit } from './circuitPanel';
import { exportGraph } from './interchange/export';
import type { GraphFile } from './interchange/format';
import { htmlPage } from './markup';

/** Where the page's script finds what it shows. */
export const savedCircuitId = 'whence-circuit';

/** What is in the page: the graph as other tools read it, and what it is of. */
export interface SavedCircuit extends Omit<PanelCircuit, 'document' | 'live'> {
  readonly graph: GraphFile;
}

/** Where the page's script and style sheets lie, from the folder of the program: with `/` everywhere. */
export const savedPageFiles = {
  script: 'dist/webview/saved.js',
  styles: ['media/webview/saved.css', 'media/webview/common.css', 'media/webview/graph.css'],
} as const;

export interface SavedPageParts {
  readonly circuit: PanelCircuit;
  /** `dist/webview/saved.js`, its text. */
  readonly script: string;
  /** The texts of style sheets. */
  readonly styles: readonly string[];
  /** Fresh and random for each page. */
  readonly nonce: string;
}

/**
 * A page of its own that shows a circuit in any browser: script, styles and graph are in it, and its policy forbids every
 * request. The graph's texts pass as JSON, never as HTML.
 */
export function savedPage({ circuit, script, styles, nonce }: SavedPageParts): string {
  const { document, live: _, ...rest } = circuit;
  const saved: SavedCircuit = { ...rest, graph: exportGraph(document, circuit.version) };
  return htmlPage({
    title: `${circuit.subject.title}: circuit`,
    policy: [`style-src 'nonce-${nonce}'`, `script-src 'nonce-${nonce}'`, 'img-src data:'],
    head: styles.map((style) => `<style nonce="${nonce}">${style}</style>`),
    className: 'saved',
    body: [
      `<script type="application/json" id="${savedCircuitId}">${inScript(JSON.stringify(saved))}</script>`,
      `<script nonce="${nonce}">${script.replaceAll('</script', '<\\/script')}</script>`,
    ],
  });
}

/** JSON in which nothing can end the element it stands in. */
function inScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
