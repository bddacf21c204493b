// Fixtures of all tests: a server, a user, a publisher, and pages that must log no errors.

import { test as base, expect, request, type BrowserContext, type ConsoleMessage, type Page } from "@playwright/test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Origin } from "./origin";
import { Owner, password } from "./owner";
import { Server, type Role } from "./server";

export { expect, Owner, password };
export type { Origin, Page, Server };

interface Fixtures {
  /** Settings of the server besides the default ones. */
  settings: Record<string, string>;
  /** Command of the server's process. */
  role: Role;
  server: Server;
  /** A signed-in user, over REST and in the browser. */
  owner: Owner;
  /** A scripted publisher that the server may fetch from. */
  origin: Origin;
}

/** An account that every test of a worker starts with: its data directory, and the cookies of its session. */
interface Prepared {
  data: string;
  cookies: Awaited<ReturnType<BrowserContext["cookies"]>>;
}

export const test = base.extend<Fixtures, { prepared: Prepared }>({
  prepared: [
    async ({}, use, info) => {
      const directory = join(info.project.outputDir, "../end2end", `prepared-${info.workerIndex}`);
      const server = await Server.fresh(directory, info.parallelIndex);
      const http = await request.newContext({ baseURL: server.url });
      const owner = new Owner("commuter", http);
      await owner.register({ topics: ["technology", "science"] });
      await owner.skipFirstSteps();
      const { cookies } = await http.storageState();
      await http.dispose();
      await server.end();
      await use({ data: server.data, cookies });
      rmSync(directory, { recursive: true });
    },
    { scope: "worker" },
  ],

  settings: [{}, { option: true }],
  role: ["serve", { option: true }],

  origin: async ({}, use) => {
    const origin = await Origin.open();
    await use(origin);
    await origin.close();
  },

  server: async ({ origin, prepared, settings, role }, use, info) => {
    const directory = join(info.project.outputDir, "../end2end", info.testId);
    const server = await Server.fresh(directory, info.parallelIndex, {
      SMARTCACHE_EGRESS_ALLOW: origin.allowance,
      ...settings,
    }, prepared.data, role);
    await use(server);
    await server.endAll();
    if (info.status !== info.expectedStatus) await info.attach("server.log", { body: server.said(), contentType: "text/plain" });
    expect(server.said(), "the server's log").not.toMatch(/ERROR|panicked/);
    if (info.status === info.expectedStatus) rmSync(directory, { recursive: true });
  },

  baseURL: async ({ server }, use) => use(server.url),

  context: async ({ context, server }, use) => {
    const complaints = listen(context, server);
    await use(context);
    expect(complaints, "what the pages complained about").toEqual([]);
  },

  owner: async ({ context, prepared }, use) => {
    await context.addCookies(prepared.cookies);
    await use(new Owner("commuter", context.request));
  },
});

/** Collects page errors: uncaught, blocked by the content security policy, or failed to load. */
function listen(context: BrowserContext, server: Server): string[] {
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    if (isRefusal(message) || isForeign(message) || isUnused(message)) return;
    if (server.wasKilled && isLostConnection(message)) return;
    complaints.push(`${message.text()} (${message.location().url})`);
  });
  return complaints;
}

/** Whether a message reports an expected 4xx response, which the browser logs as an error. */
function isRefusal(message: ConsoleMessage): boolean {
  const { url } = message.location();
  const { pathname } = new URL(url, "http://nowhere");
  // Volumes of bundles are sent to the REST API, since server functions take no files.
  const isCall = ["/api/ui/", "/api/v1/admin/bundles/volumes/"].some((prefix) => pathname.startsWith(prefix));
  const expected = url === message.page()?.url() || isCall;
  // A range beyond the end of a file is asked for by a test alone; a revoked device is told that it is gone.
  return (expected && /status of 4\d\d/.test(message.text())) || /status of (410|416)/.test(message.text());
}

/** Whether a message concerns foreign content: blocked by its sandbox, or a missing picture of a feed. */
function isForeign(message: ConsoleMessage): boolean {
  if (new URL(message.location().url, "http://nowhere").pathname.startsWith("/hostile/")) return true;
  return /\/api\/v1\/downloads\/\d+\/file/.test(message.page()?.url() ?? "");
}

/** Whether a message reports an unused preload, as on a page without scripts. */
function isUnused(message: ConsoleMessage): boolean {
  return message.text().includes("was preloaded using link preload but not used");
}

function isLostConnection(message: ConsoleMessage): boolean {
  return /net::ERR_|WebSocket|Failed to fetch|status of 401/.test(message.text());
}
