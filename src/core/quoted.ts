/** A token in quotes, on one line: in those that it does not contain itself. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1);
  return text.includes('"') ? `'${escaped.replaceAll('\\"', '"')}'` : `"${escaped}"`;
}
