// What happens around copies on this device: files that change, pages that are killed, and two users of one browser.

import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { copy, expectSound, files, keep, keepAll, stored, wake, type Copy } from "../device";
import { expect, Owner, test, type Page } from "../fixtures";
import { media, open, play, player, seconds, signOut } from "../pages";

const station = "Look Up Tonight";
const tour = "The Grand Tour";

/** Deletes the server's files of this size. */
function loseFiles(directory: string, bytes: number): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && statSync(path).size === bytes) rmSync(path);
  }
}

const landed = (page: Page): Promise<boolean> => media(page).evaluate((it: HTMLVideoElement) => !it.seeking && it.readyState >= 2);

test("a file that was encoded anew replaces the copy without a gap", async ({ page, owner, origin, server }) => {
  await owner.subscribeTo(origin.largeFeed);
  const before = await owner.queueUntil("ready", tour);
  await keepAll(page, tour);
  await expect(copy(page, tour)).toContainText("proved");
  const [old] = await files(page);
  const bytes = await (await page.request.get(`/api/v1/downloads/${before.id}/file`)).body();
  origin.replace("/large.mp3", Buffer.concat([bytes, bytes.subarray(0, 400_000)]));

  // The new file comes no further than its headers until it is let through.
  let letThrough = (): void => undefined;
  const through = new Promise<void>((resume) => (letThrough = resume));
  await page.context().route(/\/downloads\/\d+\/file$/, async (route) => {
    await through;
    await route.continue();
  });
  loseFiles(server.data, old!.bytes);
  // The server notices that its file is gone, and fetches it from the site.
  await page.request.get(`/api/v1/downloads/${before.id}/file`);
  await expect.poll(async () => {
    const { status, sha256 } = await owner.download(before.id);
    return status === "ready" && sha256 !== before.sha256;
  }, { timeout: 15_000 }).toBe(true);
  await wake(page);
  await expect(copy(page, tour)).toContainText("On this device; the server has a newer file");

  await play(page, tour).click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration * 0.8));
  await expect.poll(() => landed(page)).toBe(true);
  letThrough();
  await expect.poll(async () => (await stored<Copy>(page, "copies"))[0]?.state, { timeout: 15_000 }).toBe("held");
  await test.step("what plays stays", async () => {
    expect((await files(page)).map((file) => file.sha256)).toContain(old!.sha256);
    await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = 1));
    await expect.poll(() => landed(page)).toBe(true);
  });
  await player(page).getByRole("button", { name: "Close the player" }).click();
  await page.reload();
  await expect.poll(async () => (await files(page)).length, { timeout: 15_000 }).toBe(1);
  await expectSound(page);
  expect((await files(page))[0]!.bytes).toBe(bytes.length + 400_000);
});

test("what is wanted here before it is ready comes as soon as it is", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", station);
  await keepAll(page, station);
  const [device] = await owner.devices();
  await owner.subscribeTo(origin.slowFeed);
  const { id } = await owner.queue("The Long Way Round");
  await open(page, "/device");
  // Others may be under way.
  const heard = page.waitForResponse(async (answer) => {
    if (!/\/api\/v1\/devices\/\d+\/contact$/.test(answer.url())) return false;
    const { held_back } = await answer.json();
    return held_back.some((it: { download_id: number }) => it.download_id === id);
  });
  await owner.keepOn(device!.id, id);
  const rested = page.waitForResponse(/\/api\/v1\/devices\/\d+\/proof$/);
  await heard;
  await rested;
  origin.letGo();
  await expect.poll(async () => (await owner.download(id)).status).toBe("ready");
  await expect(copy(page, "The Long Way Round")).toContainText("On this device, proved", { timeout: 15_000 });
});

test("a browser that was killed knows its copies without its local storage", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", station);
  await keepAll(page, station);
  await expect(copy(page, station)).toContainText("proved");
  // Values that a browser has not written to the disk yet are lost with it.
  await page.evaluate(() => localStorage.clear());
  await open(page, "/");
  await expect(page.getByText(/min are on this device, proved today/)).toBeVisible();
});

test("a wish waits for a server that does not answer, and is kept then", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", station);
  await page.context().route("**/api/v1/devices/vault", (route) => route.abort());
  await open(page, "/downloads");
  await keep(page, station);
  await expect.poll(() => page.evaluate(() => localStorage.getItem("smartcache.device"))).toContain(station);
  await page.context().unroute("**/api/v1/devices/vault");
  await wake(page);
  await expect.poll(async () => (await stored<Copy>(page, "copies"))[0]?.state, { timeout: 15_000 }).toBe("held");
});

test("a position reaches the server though its page is killed while it is sent", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", station);
  await keepAll(page, station);
  const item = await owner.item(station);
  await page.route("**/api/v1/items/*/position", (route) => (route.request().method() === "PUT" ? undefined : route.continue()));
  await play(page, station).click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = 7));
  await player(page).getByRole("button", { name: "Pause", exact: true }).click();
  await expect.poll(async () => (await stored<Copy>(page, "copies"))[0]?.seconds ?? 0).toBeGreaterThanOrEqual(7);
  const next = await page.context().newPage();
  await page.close();
  await next.goto("/device");
  await expect.poll(() => owner.position(item), { timeout: 15_000 }).toBeGreaterThanOrEqual(7);
  await expect.poll(async () => (await stored(next, "outbox")).length).toBe(0);
});

test("the copies of two users of one browser do not touch each other", async ({ page, owner, context }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", station);
  await keepAll(page, station);
  const [mine] = await files(page);
  const cookies = await context.cookies();
  // The session ends without a sign-out.
  await context.clearCookies();
  const other = new Owner("other", context.request);
  await other.register({});
  await other.skipFirstSteps();
  await other.subscribe("Demo Station");
  await other.queueUntil("ready", "Station Call");
  await keepAll(page, "Station Call");
  await expect(copy(page, station)).toHaveCount(0);
  expect(await files(page)).toHaveLength(2);
  await signOut(page);
  await expect(page).toHaveURL(/\/login/);
  await expect.poll(() => files(page)).toEqual([mine]);
  await context.addCookies(cookies);
  await page.goto("/device");
  await expect(copy(page, station)).toContainText("On this device");
});

test("a browser that promises to keep files is believed, and one that does not is not", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", station);
  await keepAll(page, station);
  await expect(page.getByText("The browser may delete it when the device runs out of storage")).toBeVisible();
  const devtools = await page.context().newCDPSession(page);
  const { browserContextId } = (await devtools.send("Target.getTargetInfo")).targetInfo;
  await devtools.send("Browser.grantPermissions", { permissions: ["durableStorage"], origin: server.url, browserContextId });
  expect(await page.evaluate(() => navigator.storage.persist())).toBe(true);
  await page.reload();
  await expect(page.getByText("The browser has promised not to delete it by itself.")).toBeVisible();
  await expect.poll(async () => (await owner.devices())[0]!.persisted).toBe(true);
});
