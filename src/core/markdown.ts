/** Text as markdown that shows it as it is: nothing in it becomes a link, an image, an icon, HTML or formatting. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+\-.!~|$@]|:(?=\/\/)/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s*\n\s*/g, ' ');
}

/** Text, which must not be blank, as a code span, with a fence that no run of backticks in it can close. */
export function codeSpan(text: string): string {
  const runs: readonly string[] = text.match(/`+/g) ?? [];
  let fence = '`';
  while (runs.includes(fence)) fence += '`';
  const line = text.replace(/\r?\n/g, '⏎');
  const padded = /^`|`$|^ .* $/.test(line) ? ` ${line} ` : line;
  return fence + padded + fence;
}
