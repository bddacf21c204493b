// This browser as a device of its user: proofs, wishes from elsewhere, revocation, sign-out, and foreign answers.

import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { expectNoBarriers } from "../axe";
import { copy, expectSound, files, keepAll, stored, wake, type Copy } from "../device";
import { expect, Owner, test } from "../fixtures";
import { media, notes, open, play, player, row, seconds, signOut } from "../pages";

const station = "Look Up Tonight";

async function ready(owner: Owner, ...titles: string[]): Promise<void> {
  await owner.subscribe("Demo Station");
  for (const title of titles) await owner.queueUntil("ready", title);
}

test("a copy is proved, and shown on this page, among the devices and on Home", async ({ page, owner }) => {
  await ready(owner, station);
  await keepAll(page, station);
  await expect(copy(page, station)).toContainText(/On this device, proved today \d\d:\d\d/);
  await expectNoBarriers(page, [360, 1280]);
  await page.setViewportSize({ width: 360, height: 800 });
  const beyond = (it: Element): number => Math.max(...[...it.querySelectorAll("span")].map((one) => one.getBoundingClientRect().right - it.getBoundingClientRect().right));
  expect(await copy(page, station).locator(".media-main").evaluate(beyond), "no fact lies under a button").toBeLessThanOrEqual(0);
  const [device, ...others] = await owner.devices();
  expect(others).toEqual([]);
  expect(device!.held).toMatchObject({ copies: 1 });
  expect(device!.held.minutes).toBeGreaterThan(0);
  await open(page, "/devices");
  await expect(row(page, "Devices", device!.name)).toContainText("This browser");
  await expect(row(page, "Devices", device!.name)).toContainText(/to play, proved today/);
  await open(page, "/");
  await expect(page.getByText(/min are on this device, proved today/)).toBeVisible();
});

test("a damaged file fails its proof, and is fetched again", async ({ page, owner }) => {
  await ready(owner, station);
  await keepAll(page, station);
  await expect(copy(page, station)).toContainText("proved");
  await page.evaluate(async () => {
    const walk = async (directory: FileSystemDirectoryHandle): Promise<void> => {
      for await (const handle of (directory as unknown as { values(): AsyncIterable<FileSystemHandle> }).values()) {
        if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle);
        else {
          const file = handle as FileSystemFileHandle;
          const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
          for (let at = 0; at < bytes.length; at += 1_000) bytes[at]! ^= 1;
          const writer = await file.createWritable();
          await writer.write(bytes);
          await writer.close();
        }
      }
    };
    await walk(await navigator.storage.getDirectory());
  });
  const fetched = page.waitForRequest((request) => /\/downloads\/\d+\/file$/.test(request.url()));
  await wake(page);
  await fetched;
  await expect.poll(async () => (await stored<Copy>(page, "copies"))[0]?.state).toBe("held");
  await expect(copy(page, station)).toContainText("proved");
  await expectSound(page);
});

test("what is kept and removed elsewhere comes and goes here", async ({ page, owner }) => {
  await ready(owner, station, "Station Call");
  await keepAll(page, station);
  const [device] = await owner.devices();
  const call = (await owner.downloads()).find((download) => download.title === "Station Call")!;
  await open(page, "/device");
  await owner.keepOn(device!.id, call.id);
  await expect(copy(page, "Station Call")).toContainText("On this device, proved");
  await owner.removeFrom(device!.id, call.id);
  await expect(copy(page, "Station Call")).toHaveCount(0);
  await expect.poll(async () => (await files(page)).length).toBe(1);
});

test("a revoked device deletes what it keeps and says so", async ({ page, owner }) => {
  await ready(owner, station);
  await keepAll(page, station);
  await open(page, "/device");
  const [device] = await owner.devices();
  await owner.revoke(device!.id);
  await expect(page.getByText("You have revoked this device, so its copies were deleted.")).toBeVisible();
  await expect.poll(() => files(page)).toEqual([]);
  expect(await stored(page, "copies")).toEqual([]);
  await keepAll(page, station);
  expect((await owner.devices()).map((it) => it.id)).not.toContain(device!.id);
});

test("after signing out nothing is here, and the next user sees nothing of it", async ({ page, owner, server }) => {
  await ready(owner, station);
  await keepAll(page, station);
  const [held] = await stored<Copy>(page, "copies");
  const vault = (await files(page))[0]!.path.split("/")[0];
  await signOut(page);
  await expect(page).toHaveURL(/\/login/);
  expect([await files(page), await stored(page, "copies"), await stored(page, "outbox")]).toEqual([[], [], []]);
  const other = new Owner("other", page.context().request);
  await other.register({});
  await other.skipFirstSteps();
  await page.goto("/device");
  await expect(page.getByText("Nothing is on this device yet")).toBeVisible();
  const url = `${server.url}/api/v1/downloads/${held!.download_id}/file?device=${vault}/${held!.sha256}&type=audio/mpeg`;
  expect((await page.request.get(url)).status()).toBe(404);
  expect(await other.devices()).toEqual([]);
});

test("a sign-out without a network deletes everything, and is made up for", async ({ page, owner, context, server }) => {
  await ready(owner, station);
  await keepAll(page, station);
  await open(page, "/device");
  server.wasKilled = true;
  await context.setOffline(true);
  await signOut(page);
  await expect(notes(page)).toContainText("Nothing of yours is on this device any more");
  expect(await files(page)).toEqual([]);
  expect(await stored(page, "copies")).toEqual([]);
  await context.setOffline(false);
  await expect(page).toHaveURL(/\/login/, { timeout: 15_000 });
  await page.goto("/");
  await expect(page).toHaveURL(/\/login/);
});

test("a later play elsewhere wins over one without a network, however often the outbox comes", async ({ page, owner, server }) => {
  await ready(owner, station);
  await keepAll(page, station);
  const item = await owner.item(station);
  await server.kill();
  await page.goto("/");
  await play(page, station).click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = 5));
  await player(page).getByRole("button", { name: "Pause", exact: true }).click();
  await expect.poll(async () => (await stored<{ to?: number }>(page, "outbox")).at(-1)?.to ?? 0).toBeGreaterThanOrEqual(5);
  await server.start();
  // A phone whose clock is three hours slow has played on since.
  const phone = await owner.registerDevice("Phone", "");
  const slow = (): string => new Date(Date.now() - 3 * 3_600_000).toISOString();
  const event = { seq: 1, kind: "play", item_id: item, from: 0, to: 9, at: slow() };
  for (const rev of [1, 2, 3]) await owner.play(phone.id, rev, slow(), [event]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(async () => (await stored(page, "outbox")).length, { timeout: 15_000 }).toBe(0);
  expect(await owner.position(item)).toBe(9);
});

test("a database that was reset has another vault, and the former copies are unseen", async ({ page, owner, server }) => {
  await ready(owner, station);
  await keepAll(page, station);
  const vault = (await files(page))[0]!.path.split("/")[0]!;
  await server.kill();
  rmSync(server.data, { recursive: true });
  await server.start();
  await page.context().clearCookies();
  await owner.register({});
  await owner.skipFirstSteps();
  await page.goto("/device");
  await expect(page.getByText("Nothing is on this device yet")).toBeVisible();
  await expect(copy(page, station)).toHaveCount(0);
  await ready(owner, station);
  await keepAll(page, station);
  expect((await files(page)).filter((file) => !file.path.startsWith(vault))).toHaveLength(1);
});

test("answers of a captive portal are ignored", async ({ page, owner, server }) => {
  await ready(owner, station);
  await keepAll(page, station);
  await open(page, "/device");
  await server.kill();
  let asked = 0;
  const portal = createServer((request, response) => {
    if (request.url?.startsWith("/api/v1/devices")) asked += 1;
    response.writeHead(401, { "content-type": "text/html" }).end("<p>Please sign in to this network.</p>");
  });
  await new Promise<void>((listens) => portal.listen(Number(new URL(server.url).port), "127.0.0.1", listens));
  await wake(page);
  await expect.poll(() => asked).toBeGreaterThan(0);
  await expect(copy(page, station)).toContainText("On this device");
  await expect(page.getByText("Your session has ended")).toHaveCount(0);
  portal.closeAllConnections();
  await new Promise((closed) => portal.close(closed));
  await server.start();
  await wake(page);
  await expect(copy(page, station)).toContainText("On this device");
});

test("the pages without the server are in the user's language", async ({ page, owner, server }) => {
  await ready(owner, station);
  await keepAll(page, station);
  await page.context().addCookies([{ name: "smartcache_language", value: "de", url: server.url }]);
  await page.goto("/device");
  await expect(page.getByRole("heading", { level: 1, name: "Dieses Gerät" })).toBeVisible();
  await expect.poll(() => page.evaluate(async () => (await (await caches.open("messages")).keys()).length)).toBe(1);
  await expect(row(page, "Auf diesem Gerät", station), "proved while the server is there").toContainText("nachgewiesen");
  await server.kill();
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Du bist offline" })).toBeVisible();
  await expect(page).toHaveTitle("Auf diesem Gerät · SmartCache");
  await expect(row(page, "Auf diesem Gerät", station)).toContainText("nachgewiesen");
});
