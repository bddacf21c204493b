// Several processes: two web processes behind a proxy and two workers, of which one web process is killed.

import { request } from "@playwright/test";
import { expect, test as base, type Server } from "../fixtures";
import { Owner } from "../owner";
import { badge, expectWholeLog, isSame, lines, mark, open, outcome, row, startButton } from "../pages";
import { TcpProxy } from "../proxy";
import { Redis } from "../redis";
import { numberedFrames, type NumberedFrame } from "../watch";

interface Processes {
  redis: Redis;
  /** Proxy that the browser uses. */
  gateway: TcpProxy;
  /** Second web process; `server` is the first. Two workers run beside them. */
  other: Server;
  /** The user, over REST at the second web process and in the session of the browser. */
  elsewhere: Owner;
}

const test = base.extend<Processes>({
  role: "web",
  redis: async ({}, use, info) => {
    const redis = await Redis.start(info.parallelIndex);
    await use(redis);
    await redis.kill();
  },
  gateway: async ({}, use) => {
    const gateway = await TcpProxy.open();
    await use(gateway);
    await gateway.close();
  },
  settings: ({ redis, gateway }, use) =>
    use({ SMARTCACHE_REDIS_URL: redis.url, SMARTCACHE_PUBLIC_URL: gateway.url, SMARTCACHE_DEMO: "false" }),
  baseURL: ({ gateway }, use) => use(gateway.url),
  other: async ({ server, gateway }, use) => {
    const [other] = await Promise.all([server.beside("web"), server.beside("worker"), server.beside("worker")]);
    gateway.standBefore(server.url, other.url);
    await use(other);
  },
  elsewhere: async ({ context, owner, other }, use) => {
    const http = await request.newContext({ baseURL: other.url, storageState: await context.storageState() });
    await use(new Owner(owner.username, http));
    await http.dispose();
  },
});

/** Numbers of processes as a web process knows them, and whether Redis relays between them. */
async function health(server: Server): Promise<{ web: number; worker: number; relays: boolean }> {
  const told = await (await fetch(`${server.url}/health/detailed`)).json();
  const count = (role: string) => told.processes.filter((process: { role: string }) => process.role === role).length;
  return { web: count("web"), worker: count("worker"), relays: told.checks.redis.ok };
}

/** Asserts that the frames have no gap, and tell the messages and downloads of these runs once each. */
async function expectAllTold(frames: NumberedFrame[], owner: Owner, runs: number[]): Promise<void> {
  expect(frames.map((frame) => frame.seq)).toEqual(frames.map((_, at) => frames[0]!.seq + at));
  for (const run of runs) {
    const all = (type: string) => frames.filter((frame) => frame.run_id === run && frame.type === type);
    const messages = await owner.messages(run);
    const texts = (kind: string) => messages.filter((message) => message.kind === kind).map((message) => message.text);
    expect(all("agent_message").map((frame) => frame.data.message)).toEqual(texts("text"));
    expect(all("tool_call").map((frame) => frame.data.tool)).toEqual(texts("tool_call"));
    expect(all("tool_result")).toHaveLength(texts("tool_result").length);
    expect(["execution_started", "execution_complete"].map((type) => all(type).length)).toEqual([1, 1]);
  }
  const downloads = (await owner.downloads()).map((download) => download.id).sort();
  for (const type of ["download_queued", "download_ready"]) {
    expect(frames.filter((frame) => frame.type === type).map((frame) => frame.data.download_id).sort()).toEqual(downloads);
  }
}

test("a run is seen at the other web process, and goes on there when the page's own is killed", async ({ page, server, other, elsewhere, origin, gateway }) => {
  // Five processes start, and two runs take place.
  test.slow();
  const frames = numberedFrames(page);
  await expect.poll(() => health(other), { timeout: 15_000 }).toEqual({ web: 2, worker: 2, relays: true });
  await elsewhere.subscribeTo(origin.slowFeed);
  await open(page, "/");
  await mark(page);
  expect(gateway.backend).toBe(server.url);

  const first = await elsewhere.startRun(1);
  await expect(page.getByRole("progressbar", { name: "Progress of The Long Way Round" })).toHaveAttribute("value", /[1-9]/);
  await expect(lines(page).filter({ hasText: "Queued: The Long Way Round" })).toHaveCount(1);

  gateway.hold();
  await server.kill();
  await expect(badge(page)).not.toHaveText("Connected");
  origin.letGo();
  await expect.poll(async () => (await elsewhere.run(first.id)).status, { timeout: 15_000 }).toBe("completed");
  await expect(outcome(page)).toHaveCount(0);
  gateway.release();

  await expect(badge(page)).toHaveText("Connected", { timeout: 15_000 });
  expect(gateway.backend).toBe(other.url);
  await expect(outcome(page)).toContainText("1 ready");
  await expectWholeLog(page, elsewhere);

  for (const feed of [origin.largeFeed, origin.richFeed]) await elsewhere.subscribeTo(feed);
  await startButton(page).click();
  await expect(outcome(page)).toContainText("2 ready", { timeout: 15_000 });
  await expectWholeLog(page, elsewhere);
  const second = await elsewhere.latestRun();
  expect(second.id).toBeGreaterThan(first.id);
  await expectAllTold(frames, elsewhere, [first.id, second.id]);

  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Library" }).click();
  for (const title of ["The Long Way Round", "The Grand Tour", "How Tunnels Sing"]) {
    await expect(row(page, "Downloads", title)).toHaveCount(1);
    await expect(row(page, "Downloads", title)).toContainText("Ready");
  }
  expect(await isSame(page)).toBe(true);
});
