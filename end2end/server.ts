// A real server process: started for a test, killed during it, and restarted with its port and data.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdirSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const patience = 15_000;

/** Servers of this worker, killed when it exits. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Server {
  readonly url: string;
  /** Set by `kill`; lost connections are no failure from then on. */
  wasKilled = false;
  private process?: ChildProcess;
  private readonly log: string;

  private constructor(
    private readonly directory: string,
    private readonly port: number,
    private readonly settings: Record<string, string>,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.log = join(directory, "server.log");
  }

  /** Starts a server in an empty `directory`, with a copy of `data` if given. */
  static async fresh(directory: string, worker: number, settings: Record<string, string> = {}, data?: string): Promise<Server> {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const server = new Server(directory, await freePort(worker), settings);
    if (data) cpSync(data, server.data, { recursive: true });
    await server.start();
    return server;
  }

  /** Starts the process on the server's port and data. */
  async start(): Promise<void> {
    const program = process.env.SMARTCACHE_BIN;
    const site = process.env.SMARTCACHE_SITE;
    if (!program || !site) throw new Error("SMARTCACHE_BIN and SMARTCACHE_SITE say which server to test: see scripts/test.sh");
    const log = openSync(this.log, "a");
    const child = spawn(program, ["serve"], {
      env: {
        PATH: process.env.PATH,
        SMARTCACHE_ADDR: `127.0.0.1:${this.port}`,
        SMARTCACHE_DATA_DIR: this.data,
        SMARTCACHE_SITE: site,
        SMARTCACHE_LEASE_SECONDS: "2",
        SMARTCACHE_ITUNES_URL: "",
        ...this.settings,
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.process = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    const until = Date.now() + patience;
    while (!(await this.isWell())) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`The server does not start:\n${this.said()}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** Runs another command of the program on the same data. */
  async run(...command: string[]): Promise<void> {
    const program = process.env.SMARTCACHE_BIN;
    if (!program) throw new Error("SMARTCACHE_BIN says which program to run");
    await promisify(execFile)(program, command, { env: { PATH: process.env.PATH, SMARTCACHE_DATA_DIR: this.data } });
  }

  get data(): string {
    return join(this.directory, "data");
  }

  /** Kills the process with SIGKILL, as an expected outage. */
  async kill(): Promise<void> {
    this.wasKilled = true;
    await this.end();
  }

  async end(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    appendFileSync(this.log, "--- killed\n");
  }

  said(): string {
    return readFileSync(this.log, "utf8");
  }

  private async isWell(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`)).ok;
    } catch {
      return false;
    }
  }
}

/**
 * Finds a free port below the ephemeral range, in a range of the worker's own: no other process takes it
 * while the server is down.
 */
async function freePort(worker: number): Promise<number> {
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
