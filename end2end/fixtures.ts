// What every test stands on: a server of its own, a person, a publisher, and pages that must not complain.

import { test as base, expect, request, type BrowserContext, type ConsoleMessage, type Page } from "@playwright/test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Origin } from "./origin";
import { Owner, password } from "./owner";
import { Server } from "./server";

export { expect, password };
export type { Origin, Owner, Page, Server };

interface Fixtures {
  /** Settings of the server besides the usual ones. */
  settings: Record<string, string>;
  server: Server;
  /** Somebody signed in, on the page as well. */
  owner: Owner;
  /** A publisher that does as it is told. The server may reach it. */
  origin: Origin;
}

/** An account that every test of a worker begins with: its data, and who is signed in. */
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
      await new Owner("commuter", http).register({ topics: ["technology", "science"] });
      const { cookies } = await http.storageState();
      await http.dispose();
      await server.end();
      await use({ data: server.data, cookies });
      rmSync(directory, { recursive: true });
    },
    { scope: "worker" },
  ],

  settings: [{}, { option: true }],

  origin: async ({}, use) => {
    const origin = await Origin.open();
    await use(origin);
    await origin.close();
  },

  server: async ({ origin, prepared, settings }, use, info) => {
    const directory = join(info.project.outputDir, "../end2end", info.testId);
    const server = await Server.fresh(directory, info.parallelIndex, {
      SMARTCACHE_EGRESS_ALLOW: origin.allowance,
      ...settings,
    }, prepared.data);
    await use(server);
    await server.end();
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

/** Everything that went wrong in a page: errors thrown, blocked by the content policy, or not to be loaded. */
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

/** A refusal is an answer, and so is a page that says that there is none; only the browser calls them errors. */
function isRefusal(message: ConsoleMessage): boolean {
  const { url } = message.location();
  const expected = url === message.page()?.url() || new URL(url, "http://nowhere").pathname.startsWith("/api/ui/");
  return expected && /status of 4\d\d/.test(message.text());
}

/** What somebody else wrote complains of its sandbox, as it should, and pictures of a hostile publisher are missing. */
function isForeign(message: ConsoleMessage): boolean {
  if (new URL(message.location().url, "http://nowhere").pathname.startsWith("/hostile/")) return true;
  return /\/api\/v1\/downloads\/\d+\/file/.test(message.page()?.url() ?? "");
}

/** A page that runs no scripts does not use what was loaded for them. */
function isUnused(message: ConsoleMessage): boolean {
  return message.text().includes("was preloaded using link preload but not used");
}

function isLostConnection(message: ConsoleMessage): boolean {
  return /net::ERR_|WebSocket/.test(message.text());
}
