import type { Driver, DriverCall, DriverReply } from './driver';

/** Where the runner of end-to-end tests listens; extension host and test process inherit it. Undefined in other tests. */
export function runnerUrl(): string | undefined {
  return process.env.WHENCE_E2E;
}

/** Has the runner drive the browser. @throws with the runner's message */
export async function callDriver<M extends keyof Driver>(
  method: M,
  ...params: Parameters<Driver[M]>
): Promise<Awaited<ReturnType<Driver[M]>>> {
  const url = runnerUrl();
  if (!url)
    throw new Error('This suite runs by `npm test -- e2e`, which starts VS Code and a browser for it.');
  const order: DriverCall = { method, params };
  const response = await fetch(`${url}/driver`, { method: 'POST', body: JSON.stringify(order) });
  const reply = (await response.json()) as DriverReply;
  if ('error' in reply) throw new Error(`page.${method}: ${reply.error}`);
  return reply.value as Awaited<ReturnType<Driver[M]>>;
}
