const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const quotes = `"'\``;

/** What editors put behind the cursor by themselves, to the end of the line but for signs that end a statement. */
const closersAhead = /^([)\]}"'`]+)[\s;:,]*$/;

/**
 * How many characters behind the cursor the text to be written there brings itself: a model that does not see `)` behind
 * the cursor writes the `)` as well. `ahead` is the rest of the cursor's line; unless it is nothing but closing brackets
 * and quotes, none.
 */
export function closedAlready(text: string, ahead: string): number {
  const closers = closersAhead.exec(ahead)?.[1] ?? '';
  const open: string[] = [];
  let replaced = 0;
  for (const sign of text.replaceAll(/\\./gs, '')) {
    const innermost = open.at(-1);
    if (innermost === sign) open.pop();
    else if (innermost !== undefined && quotes.includes(innermost)) continue;
    else if (innermost === undefined && sign === closers[replaced]) replaced += 1;
    else if (quotes.includes(closers[replaced] ?? ' ')) continue;
    else if (quotes.includes(sign)) open.push(sign);
    else if (sign in closing) open.push(closing[sign]!);
  }
  return replaced;
}
