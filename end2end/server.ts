// A real server: started for a test, killed in it, and started again where it was.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdirSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const patience = 15_000;

/** A worker that breaks down takes its servers along. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Server {
  readonly url: string;
  /** From its first violent end on, broken connections prove nothing. */
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

  /** `directory` is made anew: nothing is left of an earlier run. `data` is what the server finds there, if anything. */
  static async fresh(directory: string, worker: number, settings: Record<string, string> = {}, data?: string): Promise<Server> {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const server = new Server(directory, await freePort(worker), settings);
    if (data) cpSync(data, server.data, { recursive: true });
    await server.start();
    return server;
  }

  /** Starts on the port and the data it had before. */
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

  /** Another command of the program, on the same data. */
  async run(...command: string[]): Promise<void> {
    const program = process.env.SMARTCACHE_BIN;
    if (!program) throw new Error("SMARTCACHE_BIN says which program to run");
    await promisify(execFile)(program, command, { env: { PATH: process.env.PATH, SMARTCACHE_DATA_DIR: this.data } });
  }

  get data(): string {
    return join(this.directory, "data");
  }

  /** The end that nobody can prepare for. */
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
 * Below the ports that the system hands out by itself, and out of the other workers' way: while a server is down,
 * nobody takes its place.
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
