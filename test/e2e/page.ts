import type { Driver, DriverCall, DriverReply } from '../../dev/e2e/driver';

/** Where the runner listens; the extension host inherits it from the server's environment. */
export function runnerUrl(): string {
  const url = process.env.WHENCE_E2E;
  if (!url)
    throw new Error('This suite runs by `npm test -- e2e`, which starts VS Code and a browser for it.');
  return url;
}

/** The page this suite lives in: every call goes to the runner, which drives the browser. */
export const page: Driver = new Proxy({} as Driver, {
  get:
    (_target, method) =>
    (...params: readonly unknown[]) =>
      call({ method: method as DriverCall['method'], params }),
});

async function call(order: DriverCall): Promise<unknown> {
  const response = await fetch(`${runnerUrl()}/driver`, { method: 'POST', body: JSON.stringify(order) });
  const reply = (await response.json()) as DriverReply;
  if ('error' in reply) throw new Error(`page.${order.method}: ${reply.error}`);
  return reply.value;
}
