// A TCP proxy before several web processes: stays with one while it accepts, then goes on at the next.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class TcpProxy {
  private readonly server: Server;
  private readonly clients = new Set<Socket>();
  private readonly waiting: Socket[] = [];
  private backends: URL[] = [];
  /** Index of the backend that accepted the latest connection. */
  private current = 0;
  private holds = false;

  private constructor() {
    this.server = createServer((client) => this.accept(client));
  }

  static async open(): Promise<TcpProxy> {
    const proxy = new TcpProxy();
    await new Promise<void>((ready) => proxy.server.listen(0, "127.0.0.1", ready));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Address of the backend that accepted the latest connection. */
  get backend(): string | undefined {
    return this.backends[this.current]?.origin;
  }

  /** Names the backends, the preferred one first. */
  standBefore(...urls: string[]): void {
    this.backends = urls.map((url) => new URL(url));
    this.current = 0;
  }

  /** Keeps new connections waiting until `release`, as a proxy that has not noticed a failure yet. */
  hold(): void {
    this.holds = true;
  }

  release(): void {
    this.holds = false;
    for (const client of this.waiting.splice(0)) void this.carry(client);
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await new Promise((closed) => this.server.close(closed));
  }

  private accept(client: Socket): void {
    this.clients.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => this.clients.delete(client));
    if (this.holds) this.waiting.push(client);
    else void this.carry(client);
  }

  /** Connects a client with the first backend that accepts it, the current one first; else cuts it off. */
  private async carry(client: Socket): Promise<void> {
    const first = this.current;
    for (let tried = 0; tried < this.backends.length; tried++) {
      const index = (first + tried) % this.backends.length;
      const backend = await dial(this.backends[index]!);
      if (!backend) continue;
      this.current = index;
      return join(client, backend);
    }
    client.destroy();
  }
}

/** Connects to a backend. Returns nothing if it refuses. */
async function dial(url: URL): Promise<Socket | undefined> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}

/** Forwards both ways, which includes WebSocket. The end of either side ends the other. */
function join(client: Socket, backend: Socket): void {
  backend.on("error", () => client.destroy());
  if (client.destroyed) return void backend.destroy();
  backend.on("close", () => client.destroySoon());
  client.on("close", () => backend.destroy());
  client.pipe(backend).pipe(client);
}
