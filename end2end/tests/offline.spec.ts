// Copies on the device: kept, listed and played while the server is dead.

import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { barriers, expectNoBarriers } from "../axe";
import { copy, expectSound, files, keep, keepAll, ranges, stored, type Copy } from "../device";
import { expect, test, type Page } from "../fixtures";
import { badge, media, open, play, player, seconds, signOut } from "../pages";

const shell = (page: Page) => page.getByRole("heading", { level: 1, name: "You are offline" });

/** Plays a track of the device and seeks to 80 % of it. */
async function playsAndSeeks(page: Page, title: string): Promise<void> {
  await play(page, title).click();
  await expect.poll(() => seconds(page), { message: `${title} plays` }).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration * 0.8));
  await expect.poll(() => media(page).evaluate((it: HTMLVideoElement) => it.currentTime / it.duration)).toBeGreaterThanOrEqual(0.8);
  await expect.poll(() => media(page).evaluate((it: HTMLVideoElement) => !it.seeking && it.readyState >= 2)).toBe(true);
}

test("with the server dead, every address shows what is on the device, and it plays", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.subscribe("Demo Station: Reading Room");
  const download = await owner.queueUntil("ready", "Look Up Tonight");
  const article = (await (await page.request.get("/api/v1/items?kind=article&limit=1")).json()).data[0].title;
  const text = await owner.queueUntil("ready", article);
  await keepAll(page, "Look Up Tonight", article);
  await expectSound(page);
  expect((await files(page)).map((file) => file.sha256).sort()).toEqual([download.sha256, text.sha256].sort());
  await server.kill();

  for (const path of ["/", "/items/7", "/device"]) {
    const begun = Date.now();
    await page.goto(path);
    await expect(copy(page, "Look Up Tonight")).toContainText("On this device");
    test.info().annotations.push({ type: "shell", description: `${path}: ${Date.now() - begun} ms` });
    await expect(shell(page)).toBeVisible();
  }
  await playsAndSeeks(page, "Look Up Tonight");

  await test.step("a text is read", async () => {
    await page.getByRole("button", { name: `Read: ${article}` }).click();
    const text = page.getByRole("article", { name: "Text" });
    await expect(text).toBeVisible();
    expect((await text.innerText()).length).toBeGreaterThan(200);
  });

  await test.step("the pages of the server come back with it", async () => {
    await server.start();
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "This device" })).toBeVisible();
    await expect(badge(page)).toHaveText("Connected", { timeout: 15_000 });
  });
});

test("without a network it is the same", async ({ page, owner, context, server }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
  await keepAll(page, "Look Up Tonight");
  server.wasKilled = true;
  await context.setOffline(true);
  await page.goto("/downloads");
  await expect(shell(page)).toBeVisible();
  await playsAndSeeks(page, "Look Up Tonight");
});

test("mp3, m4a, ogg, opus and mp4 play and seek from the device", async ({ page, owner, server }) => {
  test.slow();
  for (const name of ["Demo Station", "Demo Station: Moving Pictures"]) await owner.subscribe(name);
  const { data } = await (await page.request.get("/api/v1/items?limit=100")).json();
  const found: string[] = [];
  for (const type of ["audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus", "video/mp4"]) {
    const item = data.find((item: { content: { media_type?: string }; media_type?: string }) =>
      JSON.stringify(item).includes(`"${type}"`));
    if (item) found.push(item.title ?? item.content.title);
  }
  expect(found.length).toBeGreaterThanOrEqual(4);
  for (const title of found) await owner.queueUntil("ready", title);
  await keepAll(page, ...found);
  await server.kill();
  await page.goto("/device");
  for (const title of found) await playsAndSeeks(page, title);
});

test("ranges of a copy are answered as the server answers them", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const download = await owner.queueUntil("ready", "Station Call");
  await keepAll(page, "Station Call");
  const [held] = await stored<Copy>(page, "copies");
  const vault = (await files(page))[0]!.path.split("/")[0];
  const url = `/api/v1/downloads/${download.id}/file`;
  const ask = (address: string, headers: Record<string, string>) =>
    page.evaluate(async ([address, headers]) => {
      // Without the browser's own cache, which answers ranges by itself.
      const response = await fetch(address, { headers, cache: "no-store" });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const names = ["accept-ranges", "content-length", "content-range", "content-type", "etag", "x-content-type-options"];
      const body = response.ok ? [bytes.length, bytes[0], bytes.at(-1)] : [];
      return [response.status, body, ...names.filter((name) => response.ok || name === "content-range").map((name) => response.headers.get(name))];
    }, [address, headers] as const);
  for (const [name, headers] of Object.entries(ranges)) {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace("TAG", `"${held!.sha256}"`)]));
    const ours = await ask(`${url}?device=${vault}/${held!.sha256}&type=audio/mpeg`, sent);
    expect(ours, name).toEqual(await ask(url, sent));
  }

  await test.step("what is not on the device comes from the server", async () => {
    const [status] = await ask(`${url}?device=${vault}/${"0".repeat(64)}&type=audio/mpeg`, {});
    expect(status).toBe(200);
  });
});

test("two tabs fetch a copy once, and the second goes on when the first is closed", async ({ page, owner, context, server }) => {
  await owner.subscribe("Demo Station");
  for (const title of ["Station Call", "Look Up Tonight"]) await owner.queueUntil("ready", title);
  await open(page, "/downloads");
  await page.goto("/device");
  const second = await context.newPage();
  let requests = 0;
  context.on("request", (request) => (requests += /\/downloads\/\d+\/file$/.test(request.url()) ? 1 : 0));
  await open(second, "/downloads");
  await keep(second, "Station Call");
  await expect(copy(page, "Station Call")).toContainText("On this device");
  await page.close();
  await keep(second, "Look Up Tonight");
  await second.goto("/device");
  for (const title of ["Station Call", "Look Up Tonight"]) await expect(copy(second, title)).toContainText("On this device");
  await expectSound(second);
  expect(requests).toBeLessThanOrEqual(2);
  expect(server.wasKilled).toBe(false);
});

test("a position of a time without the server reaches it afterwards", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
  await keepAll(page, "Look Up Tonight");
  const item = await owner.item("Look Up Tonight");
  await server.kill();
  await page.goto("/");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = 9));
  await player(page).getByRole("button", { name: "Pause", exact: true }).click();
  await expect.poll(async () => (await stored<{ to?: number }>(page, "outbox")).at(-1)?.to ?? 0).toBeGreaterThanOrEqual(9);

  await test.step("a reload goes on from there", async () => {
    await page.reload();
    await expect.poll(() => seconds(page)).toBeGreaterThanOrEqual(9);
  });

  await server.start();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(badge(page)).toHaveText("Connected", { timeout: 15_000 });
  const position = async () => (await (await page.request.get(`/api/v1/items/${item}/position`)).json()).seconds;
  await expect.poll(position, { timeout: 15_000 }).toBeGreaterThanOrEqual(9);
  await expect.poll(async () => (await stored(page, "outbox")).length).toBe(0);
});

test("a full storage says so, leaves no part behind, and a retry works once there is room", async ({ page, owner, context }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
  await open(page, "/device");
  await expect(page.getByText("This page opens without a connection.")).toBeVisible({ timeout: 15_000 });
  const devtools = await context.newCDPSession(page);
  const origin = new URL(page.url()).origin;
  const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin });
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 100_000 });
  await page.goto("/downloads");
  await keep(page, "Look Up Tonight");
  await page.goto("/device");
  await expect(copy(page, "Look Up Tonight")).toContainText("There is no room left for it in this browser.");
  expect(await files(page)).toEqual([]);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  await copy(page, "Look Up Tonight").getByRole("button", { name: /Try again/ }).click();
  await expect(copy(page, "Look Up Tonight")).toContainText("On this device");
  await expectSound(page);
});

test("a server that accepts and never answers is replaced after two and a half seconds", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await keepAll(page, "Station Call");
  server.freeze();
  const begun = Date.now();
  await page.goto("/");
  await expect(copy(page, "Station Call")).toContainText("On this device");
  expect(Date.now() - begun).toBeGreaterThan(2_000);
  server.thaw();
});

test.describe("with a site that can change", () => {
  test.use({
    settings: async ({}, use, info) => {
      const site = join(info.outputDir, "site");
      cpSync(process.env.SMARTCACHE_SITE!, site, { recursive: true });
      await use({ SMARTCACHE_SITE: site });
    },
  });

  test("a new build while a copy plays: it plays on, and a reload has the new shell", async ({ page, owner, server, settings }) => {
    await owner.subscribe("Demo Station");
    await owner.queueUntil("ready", "Look Up Tonight");
    await keepAll(page, "Look Up Tonight");
    await play(page, "Look Up Tonight").click();
    await expect.poll(() => seconds(page)).toBeGreaterThan(0);
    await page.evaluate(() => navigator.serviceWorker.addEventListener("controllerchange", () => (document.title = "changed")));
    publish(settings.SMARTCACHE_SITE!);
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
    await expect(page).toHaveTitle("changed");
    const before = await seconds(page);
    await expect.poll(() => seconds(page)).toBeGreaterThan(before);
    await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration * 0.8));
    await expect.poll(() => media(page).evaluate((it: HTMLVideoElement) => !it.seeking && !it.paused && it.currentTime >= it.duration * 0.8)).toBe(true);
    await server.kill();
    await page.reload();
    await expect(page).toHaveTitle("A later build");
    await expect(copy(page, "Look Up Tonight")).toContainText("On this device");
  });
});

/** Publishes another build of the shell, as scripts/shell.mjs would. */
function publish(site: string): void {
  const worker = readFileSync(join(site, "sw.js"), "utf8");
  const [, shell] = /const SHELL = "(\w+)"/.exec(worker)!;
  const later = "0123456789abcdef";
  cpSync(join(site, "_shell", shell!), join(site, "_shell", later), { recursive: true });
  const page = join(site, "_shell", later, "index.html");
  const before = readFileSync(page, "utf8");
  const after = before.replace(/<title>.*<\/title>/, "<title>A later build</title>").replaceAll(shell!, later);
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  writeFileSync(page, after);
  writeFileSync(join(site, "sw.js"), worker.replaceAll(shell!, later).replace(hash(before), hash(after)));
}

test("signing out deletes what is on the device", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await keepAll(page, "Station Call");
  expect(await files(page)).toHaveLength(1);
  await page.goto(`/items/${await owner.item("Station Call")}`);
  await expect(page.getByRole("button", { name: "Remove from this device : Station Call" })).toBeVisible();
  await signOut(page);
  await expect(page).toHaveURL(/\/login/);
  expect(await files(page)).toEqual([]);
  expect(await stored(page, "copies")).toEqual([]);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});

test("a copy is removed in the list, and everything at once", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  for (const title of ["Station Call", "Look Up Tonight"]) await owner.queueUntil("ready", title);
  await keepAll(page, "Station Call", "Look Up Tonight");
  await copy(page, "Station Call").getByRole("button", { name: "Remove from this device: Station Call" }).click();
  await expect(copy(page, "Station Call")).toHaveCount(0);
  await expect.poll(async () => (await files(page)).length).toBe(1);
  await page.getByRole("button", { name: "Forget everything on this device" }).click();
  await page.getByRole("button", { name: "Delete all copies" }).click();
  await expect(page.getByText("Nothing is on this device yet")).toBeVisible();
  expect(await files(page)).toEqual([]);
});

test("the page of this device and the one without the server have no barriers", async ({ page, owner, server }) => {
  test.slow();
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
  await keepAll(page, "Look Up Tonight");
  await expectNoBarriers(page, [360, 1280]);
  await server.kill();
  await page.goto("/");
  await expect(copy(page, "Look Up Tonight")).toBeVisible();
  await expectNoBarriers(page, [360, 1280]);
  await play(page, "Look Up Tonight").click();
  await expect(player(page)).toBeVisible();
  expect(await barriers(page)).toEqual([]);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the page of this device explains itself", async ({ page, owner }) => {
    expect(owner.username).toBeTruthy();
    await page.goto("/device");
    await expect(page.getByRole("heading", { level: 1, name: "This device" })).toBeVisible();
    await expect(page.getByText("Keeping copies in this browser needs JavaScript.")).toBeVisible();
  });
});
