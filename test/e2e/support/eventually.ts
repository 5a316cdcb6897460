import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until it does not throw, and fails as the last try did. */
export async function eventually<T>(attempt: () => Promise<T> | T, limitMs = 30_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(150);
  }
}
