import { slotPattern } from './cases';

/** What a pattern is made of where braces matter: properties and other escapes, classes, slots. */
const pieces = /\\(?:[pPu]\{[^}]*\}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\{([A-Za-z_][\w-]*)\}/gu;

/**
 * A pattern with the values of its slots in their place, each as one piece: what follows it, as `+` or `{2}`, is of all of it.
 *
 * @param source a regular expression of JavaScript, for the `u` flag
 */
export function fillPattern(source: string, values: Readonly<Record<string, string>>): string {
  return source.replaceAll(pieces, (whole, name: string | undefined) =>
    name !== undefined && Object.hasOwn(values, name) ? `(?:${literal(values[name]!)})` : whole,
  );
}

/** The first slot that stands within a class, where a word would be any one of its letters; null where none does. */
export function slotInClass(source: string, slots: ReadonlySet<string>): string | null {
  for (const [piece] of source.matchAll(pieces)) {
    if (!piece.startsWith('[')) continue;
    for (const [, name] of piece.matchAll(slotPattern)) if (slots.has(name!)) return name!;
  }
  return null;
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
