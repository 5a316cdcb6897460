import { callDriver } from '../../dev/e2e/client';
import type { Driver } from '../../dev/e2e/driver';

/** The page this suite lives in: every call goes to the runner, which drives the browser. */
export const page: Driver = new Proxy({} as Driver, {
  get:
    (_target, method) =>
    (...params: Parameters<Driver[keyof Driver]>) =>
      callDriver(method as keyof Driver, ...params),
});
