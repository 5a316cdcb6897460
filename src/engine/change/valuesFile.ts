import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Values } from '../../core/change/change';
import { WhenceError } from '../../core/errors';
import { parseSteering, type SteeringVector, steeringValues } from '../../core/steering';
import type { WeightTensor } from '../checkpoint/checkpoint';
import { readText } from '../checkpoint/json';
import { readSafetensors } from '../checkpoint/safetensors';

/** Bytes of values in one tensor at most: hooks of a long text take some hundred million. */
const mostBytes = 1 << 30;
/** A vector as JSON is some hundred kilobytes. */
const mostJsonBytes = 64 << 20;

/**
 * Numbers for a hook from a file: a steering vector (JSON), or from a safetensors file the tensor with the hook's name or,
 * where it has only one, that one. As `whence run --out` writes them: fp32, without a batch dimension.
 *
 * @throws WhenceError `bad-input` when there are no such numbers in it
 */
export async function readValues(path: string, hook: string): Promise<Values> {
  if (extname(path).toLowerCase() === '.json') return steeringValues(await readSteering(path));
  if (!existsSync(path)) throw unusable(path, 'There is no such file.');
  const tensors = await readSafetensors(path).catch((cause: unknown) => {
    throw unusable(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  const found = tensors.find(({ name }) => name === hook) ?? (tensors.length === 1 ? tensors[0] : undefined);
  if (!found) throw unusable(path, `It has no tensor ${hook} among its ${tensors.length}.`);
  if (found.dtype !== 'F32')
    throw unusable(path, `${found.name} is stored as ${found.dtype}: write it as F32.`);
  if (found.bytes > mostBytes) throw unusable(path, `${found.name} is larger than ${mostBytes} bytes.`);
  return { name: basename(path), dims: found.shape, data: await numbersOf(found) };
}

/** The steering vector in a file. Throws `bad-input` when it is none. */
export async function readSteering(path: string): Promise<SteeringVector> {
  const text = await readText(path, { bytes: mostJsonBytes }, 'bad-input').catch((cause: Error) => {
    throw unusable(path, cause.message, cause);
  });
  return parseSteering(text, path);
}

async function numbersOf({ file, offset, bytes }: WeightTensor): Promise<Float32Array> {
  const handle = await open(file);
  try {
    const data = new Float32Array(bytes / 4);
    const { bytesRead } = await handle.read(new Uint8Array(data.buffer), 0, bytes, offset);
    if (bytesRead < bytes) throw unusable(file, 'It became shorter while it was read.');
    return data;
  } finally {
    await handle.close();
  }
}

function unusable(path: string, reason: string, cause?: unknown): WhenceError {
  return new WhenceError('bad-input', `${path} holds no values that can be used. ${reason}`, { cause });
}
