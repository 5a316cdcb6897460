// Steering vectors that were saved by name: a file each, of the format that `whence steer` writes, for all workspaces.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asWhenceError, WhenceError } from '../../core/errors';
import { parseSteering, type SteeringVector, steeringLimits } from '../../core/steering';
import { hashOf } from '../hash';
import { readBounded, writeWhole } from '../wholeFile';

export class SteeringVectors {
  constructor(
    readonly folder: string,
    private readonly log: { warn(message: string): void },
  ) {}

  /** All that can be read, by name; what cannot be read stays where it is, and the log says so. */
  async all(): Promise<readonly SteeringVector[]> {
    const names = await readdir(this.folder).catch(() => []);
    const found: SteeringVector[] = [];
    for (const name of names.filter((each) => each.endsWith('.json'))) {
      try {
        found.push(parseSteering(await textOf(join(this.folder, name)), name));
      } catch (thrown) {
        this.log.warn(asWhenceError(thrown).message);
      }
    }
    return found.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @throws WhenceError `storage` when the folder cannot be written */
  async save(vector: SteeringVector): Promise<void> {
    await writeWhole(this.#place(vector.name), `${JSON.stringify(vector)}\n`).catch((cause: Error) => {
      const message = `The steering vector cannot be stored in ${this.folder} (${cause.message}). Make the folder writable, and make the vector again.`;
      throw new WhenceError('storage', message, { cause });
    });
  }

  async delete(name: string): Promise<void> {
    await rm(this.#place(name), { force: true });
  }

  /** People may call a vector what no file can be called. */
  #place(name: string): string {
    const readable = name.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
    const own = hashOf(name).slice(0, 12);
    return join(this.folder, `${readable}-${own}.json`);
  }
}

/** The text of a file, which may have been put there by anybody. */
async function textOf(place: string): Promise<string> {
  try {
    return await readBounded(place, steeringLimits.characters);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = `${place} is no steering vector: it is no file, or larger than one may be. Remove it.`;
    throw new WhenceError('bad-input', message, { cause });
  }
}
