import type { NameUse } from './explanation';
import { isWordAt, isWordBefore } from './words';

/**
 * How a name is used: as a member, called or imported; null where it is declared, a member of the program's own object,
 * imported from its own files or no part of an API.
 */
export function roleOf(name: string, preceding: string, after: string): NameUse['role'] | null {
  if (/^\p{N}/u.test(name)) return null;
  if (/(?:\b(?:self|this|cls|super)|super\(\))\.\s*$/.test(preceding)) return null;
  if (/\.\s*$/.test(preceding) && !/(?:\.\.|\b\d+\.)\s*$/.test(preceding)) return 'member';
  const line = preceding.slice(preceding.lastIndexOf('\n') + 1);
  if (/^\s*from\s+\S+\s+import\s[^#;]*$/.test(line) || /^\s*import\s*(?:type\s*)?\{[^}]*$/.test(line))
    return isOwnModule(line, after) ? null : 'import';
  // At the start of a line a name with arguments may be a method that is declared.
  const declared = /\b(?:def|function|class|fn|func|interface|get|set|static|async)\s*\*?\s*$/.test(line);
  return after.startsWith('(') && line.trim() !== '' && !declared ? 'call' : null;
}

/** Whether the text has the name, or while it is unfinished one that begins so. */
export function standsIn(text: string, name: string, finished: boolean): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const ends = !finished || !isWordAt(text, at + name.length);
    if (ends && !isWordBefore(text, at)) return true;
  }
  return false;
}

/** So much of the text around a name tells how it is used. */
const reach = 200;

/** Whether the text declares the name somewhere, or uses it in another way than as part of an API: as a variable, a field, a key. */
export function isMadeIn(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length;
    if (isWordBefore(text, at) || isWordAt(text, end)) continue;
    if (roleOf(name, text.slice(Math.max(0, at - reach), at), text.slice(end, end + reach)) === null)
      return true;
  }
  return false;
}

/** Whether what is imported here comes from the program's own files, by a path that begins with a dot. */
function isOwnModule(line: string, after: string): boolean {
  return /^\s*from\s+\./.test(line) || /^[^;{}]*\}\s*from\s+['"]\./.test(after);
}
