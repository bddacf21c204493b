// An OpenID Connect provider of another make (oidc-provider-mock), for a test of its own.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./ports";

const patience = 20_000;
const program = join(process.env.SMARTCACHE_TOOLS ?? "", "oidc-provider-mock/bin/oidc-provider-mock");

/** Providers of this worker, killed when it exits. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Provider {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** Whether it could be installed. */
  static readonly isInstalled = existsSync(program);

  static async start(port: number): Promise<Provider> {
    const child = spawn(program, ["--port", String(port)], { stdio: "ignore" });
    await once(child, "spawn");
    running.add(child);
    child.once("exit", () => running.delete(child));
    const provider = new Provider(port, child);
    const until = Date.now() + patience;
    while (!(await provider.answers())) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`oidc-provider-mock does not start on port ${port}.`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
    return provider;
  }

  static freePort(worker: number): Promise<number> {
    return freePort(worker);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  private async answers(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.port}/jwks`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
