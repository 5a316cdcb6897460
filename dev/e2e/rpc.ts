import { createServer, type IncomingMessage } from 'node:http';
import type { Driver, DriverCall, DriverReply, PhaseOrder } from './driver';

/** The runner's end of the loopback interface that suites call. */
export interface RpcServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): void;
}

/** Serves `POST /driver` (a `DriverCall`) and `GET /phase` (what the page that now loads is to run). */
export function serveDriver(driver: Driver, phase: () => PhaseOrder): Promise<RpcServer> {
  const server = createServer(async (request, response) => {
    const reply: DriverReply | PhaseOrder =
      request.url === '/phase' ? phase() : await answer(driver, JSON.parse(await bodyOf(request)));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(reply));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      resolve({
        url: `http://127.0.0.1:${port}`,
        close() {
          server.closeAllConnections();
          server.close();
        },
      });
    });
  });
}

async function answer(driver: Driver, call: DriverCall): Promise<DriverReply> {
  try {
    const method = driver[call.method] as (...params: readonly unknown[]) => Promise<unknown>;
    return { value: (await method(...call.params)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
