import { escapeMarkup } from './markup';

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
export function panelPage(parts: PageParts): string {
  const policy = [
    `default-src 'none'`,
    `style-src ${parts.cspSource}`,
    `script-src 'nonce-${parts.nonce}'`,
    // A drawing becomes a PNG by way of an image of its SVG.
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  const links = parts.styles.map((href) => `<link rel="stylesheet" href="${escapeMarkup(href)}">`);
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(parts.title)}</title>`,
    ...links,
    '</head>',
    '<body>',
    `<script nonce="${escapeMarkup(parts.nonce)}" src="${escapeMarkup(parts.script)}"></script>`,
    '</body>',
    '</html>',
  ].join('\n');
}
