import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WhenceError } from '../../../core/errors';
import { unreadable } from '../files';
import { broken, type GgufHeader, type GgufTensor, readGgufHeader } from './header';

const maxParts = 1000;

/**
 * The header of a model in one file, or in parts named `NAME-00001-of-00003.gguf`, any of which names them all. Throws
 * as `readGgufHeader` does, and `model-missing` for parts that are not there.
 */
export async function readGgufParts(path: string): Promise<GgufHeader> {
  const opened = await readGgufHeader(await resolved(path));
  const count = opened.metadata.get('split.count') ?? 1;
  if (count === 1 || count === 0) return opened;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > maxParts)
    throw broken(path, `it is one of ${String(count)} parts`);
  const prefix = /^(.*)-\d{5}-of-\d{5}\.gguf$/i.exec(basename(path))?.[1];
  if (prefix === undefined) {
    throw new WhenceError(
      'model-missing',
      `${path} is one of ${count} parts, but its name does not tell which; give the parts the names they came with.`,
    );
  }
  const headers: GgufHeader[] = [];
  for (let part = 1; part <= count; part++) {
    const name = `${prefix}-${numbered(part)}-of-${numbered(count)}.gguf`;
    headers.push(await readGgufHeader(await resolved(join(dirname(path), name))));
  }
  const tensors = new Map<string, GgufTensor>();
  for (const header of headers) {
    for (const [name, tensor] of header.tensors) {
      if (tensors.has(name)) throw broken(header.path, `another part has a tensor ${name} too`);
      tensors.set(name, tensor);
    }
  }
  return { ...headers[0]!, files: headers.flatMap(({ files }) => files), tensors };
}

function numbered(part: number): string {
  return String(part).padStart(5, '0');
}

function resolved(path: string): Promise<string> {
  return realpath(path).catch((cause) => Promise.reject(unreadable(path, cause)));
}
