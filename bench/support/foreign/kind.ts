import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { damaged } from '../damage';
import { damagedJson } from '../damageJson';

export type Random = () => number;

/** Damages what was made, from the whole again each time; what it wrote, where that is one file. */
export type Spoil = (random: Random) => Promise<Buffer | null>;

/** A kind of foreign bytes, and what reads them. */
export interface Kind {
  readonly what: string;
  /** Takes longer to read than others: a tenth as many are. */
  readonly slow?: true;
  /** Puts something whole into an empty folder. */
  make(folder: string): Promise<Spoil>;
  /** Reads it as Whence does. False for what is passed over without an error. */
  read(folder: string): Promise<boolean>;
}

/** Puts a file into a folder that may not be there yet. */
export async function put(content: string | Uint8Array, ...path: readonly string[]): Promise<string> {
  const file = join(...path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

/** Damages the bytes of a file, mostly the first `header` ones. */
export async function bytesOf(file: string, header = Number.POSITIVE_INFINITY): Promise<Spoil> {
  const whole = await readFile(file);
  return (random) => written(file, damaged(whole, header, random));
}

/** Damages a JSON file: every second time its bytes, else values in it. */
export async function jsonOf(file: string): Promise<Spoil> {
  const whole = await readFile(file);
  const value: unknown = JSON.parse(whole.toString('utf8'));
  return (random) =>
    written(file, random() < 0.5 ? damaged(whole, whole.length, random) : damagedJson(value, random));
}

/** Damages one of several at a time; the others are whole. */
export function oneOf(spoils: readonly (readonly [Spoil, mend: () => Promise<void>])[]): Spoil {
  let last: () => Promise<void> = async () => undefined;
  return async (random) => {
    await last();
    const [spoil, mend] = spoils[Math.floor(random() * spoils.length)]!;
    last = mend;
    return spoil(random);
  };
}

/** A way to damage a file, and the way back. */
export async function withMend(
  file: string,
  spoil: (file: string) => Promise<Spoil>,
): Promise<readonly [Spoil, () => Promise<void>]> {
  const whole = await readFile(file);
  return [await spoil(file), () => writeFile(file, whole)];
}

async function written(file: string, bytes: Buffer): Promise<Buffer> {
  await writeFile(file, bytes);
  return bytes;
}
