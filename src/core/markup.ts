/** Text as XML and HTML hold it, in elements and in quoted attributes. What no document may hold becomes U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Of a page; `head` and `body` are HTML, `title` and `policy` are texts. */
export interface HtmlParts {
  readonly title: string;
  /** What the page may load, as directives of a Content-Security-Policy; nothing else, from nowhere. */
  readonly policy: readonly string[];
  readonly head: readonly string[];
  /** Of the body; empty for none. */
  readonly className: string;
  readonly body: readonly string[];
}

export function htmlPage({ title, policy, head, className, body }: HtmlParts): string {
  const directives = [`default-src 'none'`, ...policy, `base-uri 'none'`, `form-action 'none'`];
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(directives.join('; '))}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title>`,
    ...head,
    '</head>',
    className === '' ? '<body>' : `<body class="${className}">`,
    ...body,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
