import { javascriptNames } from './javascript';
import { pythonNames } from './python';

const lists: Readonly<Record<string, string>> = {
  python: pythonNames,
  javascript: javascriptNames,
  javascriptreact: javascriptNames,
  typescript: javascriptNames,
  typescriptreact: javascriptNames,
};
const read = new Map<string, ReadonlySet<string>>();

/** Whether a language's own library has something of that name, whatever it belongs to; false for languages without a list. */
export function isLibraryName(name: string, language: string | null): boolean {
  const list = lists[language ?? ''];
  if (list === undefined) return false;
  const names = read.get(list) ?? new Set(list.trim().split(/\s+/));
  read.set(list, names);
  return names.has(name);
}
