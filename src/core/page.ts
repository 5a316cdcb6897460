import { escapeMarkup, htmlPage } from './markup';

/** What a panel's page is made of. Addresses are as the webview loads them. */
export interface PageParts {
  readonly title: string;
  /** `webview.cspSource`: where styles may come from. */
  readonly cspSource: string;
  /** Fresh and random for each page. */
  readonly nonce: string;
  /** `dist/webview/explanation.js` or `dist/webview/graph.js`. */
  readonly script: string;
  /** `media/webview/common.css` and the panel's own. */
  readonly styles: readonly string[];
}

/**
 * The HTML of a panel. The script draws everything, so that text of the model never passes through an HTML parser;
 * the policy allows that one script, our style sheets, and nothing from any network.
 */
export function panelPage({ title, cspSource, nonce, script, styles }: PageParts): string {
  return htmlPage({
    title,
    policy: [
      `style-src ${cspSource}`,
      `script-src 'nonce-${nonce}'`,
      // A drawing becomes a PNG by way of an image of its SVG.
      'img-src data:',
    ],
    head: styles.map((href) => `<link rel="stylesheet" href="${escapeMarkup(href)}">`),
    className: '',
    body: [`<script nonce="${escapeMarkup(nonce)}" src="${escapeMarkup(script)}"></script>`],
  });
}
