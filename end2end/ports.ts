// Ports that stay free for a process that is killed and started again.

import { createServer } from "node:net";

/**
 * Finds a free port below the ephemeral range, in a range of the worker's own: no other process takes it
 * while the server is down.
 */
export async function freePort(worker: number): Promise<number> {
  for (;;) {
    const port = 20_000 + (worker % 10) * 1_000 + Math.floor(Math.random() * 1_000);
    const probe = createServer();
    const free = await new Promise<boolean>((tell) => {
      probe.once("error", () => tell(false));
      probe.listen(port, "127.0.0.1", () => tell(true));
    });
    if (!free) continue;
    await new Promise((closed) => probe.close(closed));
    return port;
  }
}
