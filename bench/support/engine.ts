import { join } from 'node:path';
import { protocolVersion } from '../../src/core/protocol';
import { EngineConnection } from '../../src/host/engine/connection';
import { forkEngine } from '../../src/host/engine/fork';

/** The engine as it ships, and the model that ships. */
const server = join(process.cwd(), 'dist/server.js');
export const embedded = join(process.cwd(), 'models/whence-code');

export interface BenchEngine {
  readonly connection: EngineConnection;
  /** Kills the process and waits for its end. */
  end(): Promise<void>;
}

/** An engine after the handshake. Without a folder it can store nothing, so that everything is measured as if it were the first time. */
export async function startEngine(threads = 0, storage = join(server, 'is a file')): Promise<BenchEngine> {
  const child = forkEngine(server);
  const silent = () => undefined;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const connection = new EngineConnection(
    child,
    { info: silent, warn: silent, error: console.error },
    silent,
  );
  await connection.request('initialize', {
    protocolVersion,
    storage,
    threads,
    idleSeconds: 600,
    cacheBytes: 0,
  });
  const end = () => {
    connection.kill();
    return ended;
  };
  return { connection, end };
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Real code of about `characters` characters. */
export function codeOf(characters: number): string {
  const part = (index: number) => `def area_${index}(width, height):
    """The area of rectangle number ${index}."""
    if width < 0 or height < 0:
        raise ValueError("negative size")
    return width * height


`;
  let text = '';
  for (let index = 0; text.length < characters; index++) text += part(index);
  return text;
}
