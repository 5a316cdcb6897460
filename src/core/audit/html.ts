import { escapeMarkup, htmlPage } from '../markup';
import { type Bar, type Block, type Inline, printable } from './document';

/**
 * A report as a page of its own: its styles are in it, it has no scripts, and its policy forbids every request. What files or
 * models said is escaped, so nothing in it is markup.
 */
export function htmlOf(title: string, blocks: readonly Block[]): string {
  return htmlPage({
    title: printable(title),
    policy: [`style-src 'nonce-${nonce}'`],
    head: [`<style nonce="${nonce}">${style}</style>`],
    className: '',
    body: ['<main>', ...blocks.map(element), '</main>'],
  });
}

/** The only style is the page's own and there are no scripts, so it guards nothing that a constant would give away. */
const nonce = 'whence';

const style = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #57606a; --line: #d0d7de; --paper: #fff; --code: #f3f4f6; --bar: #2f6f9f; --rest: #e7ebef; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --paper: #12161c; --code: #1c222a; --bar: #6aa9d8; --rest: #262d36; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 50rem; margin: 0 auto; padding: 2rem 1.2rem 5rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2.2em 0 .6em; }
h1 { margin-top: 0; }
h2 { border-top: 1px solid var(--line); padding-top: 1.2em; }
h4 { margin-top: 1.6em; }
table { border-collapse: collapse; margin: 1em 0; font-size: .92em; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .3em .9em .3em 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
code, pre { font: .88em/1.45 ui-monospace, monospace; background: var(--code); border-radius: 4px; }
code { padding: .1em .3em; overflow-wrap: anywhere; }
pre { padding: .8em 1em; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); }
svg { display: block; width: 100%; max-width: 40rem; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
.rest { fill: var(--rest); } .value { fill: var(--bar); } .interval { stroke: var(--ink); stroke-width: 2; }
`;

function element(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${inline(block.words)}</h${block.level}>`;
    case 'text':
      return `<p>${inline(block.words)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
    case 'table': {
      const cells = (tag: 'th' | 'td', row: readonly string[]) =>
        `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
      const rows = block.rows.map((row) => cells('td', row.map(inline)));
      return `<table><thead>${cells('th', block.head.map(escaped))}</thead><tbody>${rows.join('')}</tbody></table>`;
    }
    case 'code':
      return `<pre>${escaped(block.text)}</pre>`;
    case 'bars':
      return drawing(block.bars);
    case 'details':
      return `<details><summary>${escaped(block.summary)}</summary>${block.blocks.map(element).join('\n')}</details>`;
  }
}

function inline(words: readonly Inline[]): string {
  return words
    .map((word) => {
      if (typeof word === 'string') return escaped(word);
      return 'said' in word ? escaped(word.said) : `<code>${escaped(word.code)}</code>`;
    })
    .join('');
}

const barHeight = 26;
const barFrom = 150;
const barLength = 400;

function drawing(bars: readonly Bar[]): string {
  const x = (share: number) => (barFrom + barLength * share).toFixed(1);
  const rows = bars.map(({ label, value, low, high }, row) => {
    const y = row * barHeight;
    const middle = y + 10;
    return [
      `<text x="0" y="${y + 15}">${escaped(label)}</text>`,
      `<rect class="rest" x="${barFrom}" y="${y + 4}" width="${barLength}" height="12" rx="2"/>`,
      `<rect class="value" x="${barFrom}" y="${y + 4}" width="${(barLength * value).toFixed(1)}" height="12" rx="2"/>`,
      `<line class="interval" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/>`,
      ...[low, high].map(
        (end) => `<line class="interval" x1="${x(end)}" x2="${x(end)}" y1="${y + 4}" y2="${y + 16}"/>`,
      ),
    ].join('');
  });
  const size = `0 0 ${barFrom + barLength + 10} ${bars.length * barHeight}`;
  const named = bars.map(({ label }) => label).join(', ');
  return `<svg viewBox="${size}" role="img" aria-label="${escaped(`Shares: ${named}`)}">${rows.join('')}</svg>`;
}

function escaped(text: string): string {
  return escapeMarkup(printable(text));
}
