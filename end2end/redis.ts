// A Redis server of a test's own, without persistence.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "./ports";

const patience = 10_000;

/** Redis servers of this worker, killed when it exits. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Redis {
  private constructor(
    private readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** Starts an empty server on a free port of the worker's range, and waits until it answers. */
  static async start(worker: number): Promise<Redis> {
    const port = await freePort(worker);
    const settings = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
    const child = spawn("redis-server", settings, { stdio: "ignore" });
    await once(child, "spawn");
    running.add(child);
    child.once("exit", () => running.delete(child));
    const redis = new Redis(port, child);
    await redis.answers();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  private async answers(): Promise<void> {
    const until = Date.now() + patience;
    while ((await ask(this.port, "PING")) !== "+PONG\r\n") {
      if (this.child.exitCode !== null || Date.now() > until) throw new Error(`redis-server does not start on port ${this.port}.`);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }
}

/** Sends a command in one line. Returns the reply, or nothing if the server does not answer. */
function ask(port: number, command: string): Promise<string | undefined> {
  return new Promise((tell) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.once("data", (reply) => {
      tell(reply.toString());
      socket.destroy();
    });
    socket.once("error", () => tell(undefined));
    socket.once("close", () => tell(undefined));
  });
}
