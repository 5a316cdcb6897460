import { codeSpan, escapeMarkdown } from '../markdown';
import { type Block, type Inline, printable } from './document';

/** A report as Markdown, for repositories and pull requests. */
export function markdownOf(blocks: readonly Block[]): string {
  return `${blocks.flatMap(lines).join('\n\n')}\n`;
}

function lines(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      return [`${'#'.repeat(block.level)} ${inline(block.words)}`];
    case 'text':
      return [inline(block.words)];
    case 'list':
      return [block.items.map((item) => `- ${inline(item)}`).join('\n')];
    case 'table':
      return [
        [
          row(block.head),
          row(block.head.map(() => '---')),
          ...block.rows.map((cells) => row(cells.map((cell) => inline(cell, true)))),
        ].join('\n'),
      ];
    case 'code':
      return [fenced(printable(block.text))];
    case 'bars':
      return [];
    case 'details':
      return [`*${escapeMarkdown(printable(block.summary))}*`, ...block.blocks.flatMap(lines)];
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** @param inTable a table's columns end at every upright line, within code as well */
function inline(words: readonly Inline[], inTable = false): string {
  return words
    .map((word) => {
      if (typeof word === 'string') return word;
      if ('said' in word) return escapeMarkdown(printable(word.said));
      if (word.code.trim() === '') return '(nothing but white space)';
      const span = codeSpan(printable(word.code));
      return inTable ? span.replaceAll('|', '\\|') : span;
    })
    .join('');
}

function fenced(text: string): string {
  let fence = '```';
  while (text.includes(fence)) fence += '`';
  return `${fence}text\n${text}\n${fence}`;
}
