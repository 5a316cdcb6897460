import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { type CliOptions, whence } from './cli';

/** A program whose next word is to be explained. */
export const code =
  'class Cart:\n    def __init__(self, owner):\n        self.owner = owner\n\n    def name(self):\n        return self.';

/** What begins every colour. */
export const colour = '\u001b[';

/** The command line with a folder of its own, for the tests of the `describe` that this is called in. */
export function cliWorld() {
  const ajv = new Ajv({ allErrors: true });
  const world = { folder: '', prompt: '', run, json };
  before(async () => {
    world.folder = await mkdtemp(join(tmpdir(), 'whence-cli-'));
    world.prompt = join(world.folder, 'cart.py');
    await writeFile(world.prompt, code);
  });
  after(() => rm(world.folder, { recursive: true }));

  function run(args: readonly string[], options: CliOptions = {}) {
    return whence(args, {
      ...options,
      environment: { XDG_CACHE_HOME: join(world.folder, 'cache'), ...options.environment },
    });
  }

  /** Standard output as JSON that its schema accepts; standard error must be empty. */
  async function json<T>(args: readonly string[], schema: object, options: CliOptions = {}): Promise<T> {
    const { code: exit, stdout, stderr } = await run([...args, '--json'], options);
    assert.equal(stderr, '');
    assert.equal(exit, 0);
    const value = JSON.parse(stdout) as T;
    assert.ok(ajv.validate(schema, value), ajv.errorsText());
    return value;
  }

  return world;
}
