/**
 * Text of a document or a model as a terminal may print it: tabs as spaces, other control characters as their pictures,
 * so that no text can move the cursor or change colours; characters that reorder text as a replacement character.
 */
export function visible(text: string): string {
  return text
    .replaceAll('\t', '    ')
    .replaceAll(/\p{Control}/gu, (control) => {
      const code = control.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
    })
    .replaceAll(/\p{Bidi_Control}|[\u2028\u2029]/gu, '\ufffd');
}

/** Likewise for a text of several lines, which keeps its line ends and tabs. */
export function visibleText(text: string): string {
  return text.replaceAll(/[^\r\n\t]+/g, visible);
}
