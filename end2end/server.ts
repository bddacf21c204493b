// Real server processes: started for a test, killed during it, and restarted with their port and data.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdirSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./ports";

const patience = 15_000;

/** Servers of this worker, killed when it exits. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** The command of a process: `serve` is web and worker in one. */
export type Role = "serve" | "web" | "worker";
type Settings = Record<string, string>;

/** Place of a process: `worker` is the test worker whose range of ports it uses. */
interface Place {
  directory: string;
  worker: number;
  port: number;
}

export class Server {
  readonly url: string;
  /** Set by `kill`; lost connections are no failure from then on. */
  wasKilled = false;
  private process?: ChildProcess;
  private readonly log: string;
  /** Further processes on the same data. */
  private readonly companions: Server[] = [];

  private constructor(
    private readonly place: Place,
    private readonly role: Role,
    private readonly settings: Settings,
  ) {
    this.url = `http://127.0.0.1:${place.port}`;
    this.log = join(place.directory, `${role}-${place.port}.log`);
  }

  /** Starts a server in an empty `directory`, with a copy of `data` if given. */
  static async fresh(directory: string, worker: number, settings: Settings = {}, data?: string, role: Role = "serve"): Promise<Server> {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const server = new Server({ directory, worker, port: await freePort(worker) }, role, settings);
    if (data) {
      cpSync(data, server.data, { recursive: true });
      // Its users have signed in just now: what is sensitive asks for a recent sign-in.
      await server.change("UPDATE session SET created_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')");
    }
    await server.start();
    return server;
  }

  /** Starts another process on the same data, with its own port and these settings beside the server's. */
  async beside(role: Role, settings: Settings = {}): Promise<Server> {
    const place = { ...this.place, port: await freePort(this.place.worker) };
    const companion = new Server(place, role, { ...this.settings, ...settings });
    this.companions.push(companion);
    await companion.start();
    return companion;
  }

  /** Starts the process on the server's port and data. */
  async start(): Promise<void> {
    const program = process.env.SMARTCACHE_BIN;
    const site = process.env.SMARTCACHE_SITE;
    if (!program || !site) throw new Error("SMARTCACHE_BIN and SMARTCACHE_SITE say which server to test: see scripts/test.sh");
    const log = openSync(this.log, "a");
    const before = readFileSync(this.log).length;
    const child = spawn(program, [this.role], {
      env: {
        PATH: process.env.PATH,
        SMARTCACHE_ADDR: `127.0.0.1:${this.place.port}`,
        SMARTCACHE_DATA_DIR: this.data,
        SMARTCACHE_SITE: site,
        SMARTCACHE_LEASE_SECONDS: "2",
        SMARTCACHE_ITUNES_URL: "",
        // Tests ask far more often than users do; limits.spec.ts sets limits.
        SMARTCACHE_REQUEST_LIMITS: "off",
        ...this.namedPort(),
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.process = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    const until = Date.now() + patience;
    while (!(await this.isWell(before))) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`The ${this.role} process does not start:\n${this.said()}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  /** The settings, with the process's port in the place of `{port}`. */
  private namedPort(): Settings {
    const named = Object.entries(this.settings).map(([name, value]) => [name, value.replace("{port}", String(this.place.port))]);
    return Object.fromEntries(named) as Settings;
  }

  /** Runs another command of the program on the same data and with the same settings. Returns what it prints. */
  async run(...command: string[]): Promise<string> {
    const program = process.env.SMARTCACHE_BIN;
    if (!program) throw new Error("SMARTCACHE_BIN says which program to run");
    const env = { PATH: process.env.PATH, SMARTCACHE_DATA_DIR: this.data, ...this.namedPort() };
    return (await promisify(execFile)(program, command, { env })).stdout;
  }

  /** Changes the database with SQL while the process is not running, as time or a restore would. */
  async change(sql: string): Promise<void> {
    if (this.process) throw new Error("The database is changed while its server is down.");
    await promisify(execFile)("sqlite3", ["-bail", join(this.data, "smartcache.db"), sql]);
  }

  get data(): string {
    return join(this.place.directory, "data");
  }

  /** Kills the process with SIGKILL, as an expected outage. */
  async kill(): Promise<void> {
    this.wasKilled = true;
    await this.end();
  }

  /** Stops the process as it is: its port still accepts connections, and nothing answers. */
  freeze(): void {
    this.wasKilled = true;
    this.process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.process?.kill("SIGCONT");
  }

  /** Ends the processes beside this one, and then this one. */
  async endAll(): Promise<void> {
    await Promise.all(this.companions.map((companion) => companion.endAll()));
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

  /** The log, with those of the processes beside this one. */
  said(): string {
    return [readFileSync(this.log, "utf8"), ...this.companions.map((companion) => companion.said())].join("\n");
  }

  /** Whether the process is ready. A worker has no address; its log tells, after the first `before` bytes. */
  private async isWell(before: number): Promise<boolean> {
    if (this.role === "worker") return readFileSync(this.log).subarray(before).includes("Working.");
    try {
      return (await fetch(`${this.url}/health`)).ok;
    } catch {
      return false;
    }
  }
}
