// Copies that the browser deletes by itself: lost and fetched again, and what was promised of them is taken back.

import { copy, expectSound, files, keep, keepAll, prepare, stored, wake, type Copy } from "../device";
import { expect, test, type Owner, type Page, type Server } from "../fixtures";
import { open, soon } from "../pages";

const [station, call] = ["Look Up Tonight", "Station Call"];

/** Deletes data of the origin behind the page's back, as the browser does when the disk is full. */
async function evict(page: Page, server: Server, storageTypes: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Storage.clearDataForOrigin", { origin: server.url, storageTypes });
}

/** Holds the files of the server back until the function that it returns is called. */
async function holdFiles(page: Page): Promise<() => void> {
  let letThrough = (): void => undefined;
  const through = new Promise<void>((resume) => (letThrough = resume));
  await page.context().route(/\/downloads\/\d+\/file$/, async (route) => {
    await through;
    await route.continue();
  });
  return letThrough;
}

async function kept(page: Page, owner: Owner, ...titles: string[]): Promise<void> {
  await owner.subscribe("Demo Station");
  for (const title of titles) await owner.queueUntil("ready", title);
  await keepAll(page, ...titles);
  for (const title of titles) await expect(copy(page, title)).toContainText("proved");
}

test("one file that has vanished is lost and fetched again, and the others stay", async ({ page, owner }) => {
  await kept(page, owner, station, call);
  const lost = (await stored<Copy>(page, "copies")).find((it) => it.title === station)!;
  const [device] = await owner.devices();
  const letThrough = await holdFiles(page);
  await page.evaluate(async (sha256) => {
    const root = await navigator.storage.getDirectory();
    for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) {
      const media = await (await root.getDirectoryHandle(name)).getDirectoryHandle("media");
      await media.removeEntry(sha256);
    }
  }, lost.sha256);
  await wake(page);
  await expect(copy(page, station)).not.toContainText("On this device");
  await expect(copy(page, call)).toContainText("On this device, proved");
  // The other one is lost, and wanted again from the next contact on.
  const held = async () => (await owner.copies(device!.id)).filter((it) => it.state === "held").map((it) => it.title);
  await expect.poll(held).toEqual([call]);
  letThrough();
  await expect(copy(page, station)).toContainText("On this device, proved", { timeout: 15_000 });
  await expectSound(page);
});

test("all files that the browser evicts are lost and fetched again", async ({ page, owner, server }) => {
  await kept(page, owner, station, call);
  const [device] = await owner.devices();
  const letThrough = await holdFiles(page);
  await evict(page, server, "file_systems");
  expect(await files(page)).toEqual([]);
  await wake(page);
  for (const title of [station, call]) await expect(copy(page, title)).not.toContainText("On this device");
  await expect.poll(async () => (await owner.device(device!.id)).held.minutes).toBe(0);
  letThrough();
  for (const title of [station, call]) await expect(copy(page, title)).toContainText("On this device, proved", { timeout: 15_000 });
  await expectSound(page);
  expect((await owner.devices()).map((it) => it.id)).toEqual([device!.id]);
});

test("a browser whose whole storage is evicted begins anew as another device", async ({ page, owner, server }) => {
  await kept(page, owner, station);
  const [former] = await owner.devices();
  await evict(page, server, "file_systems,indexeddb,local_storage,cache_storage,service_workers");
  await page.reload();
  await expect(page.getByText("Nothing is on this device yet")).toBeVisible();
  expect([await files(page), await stored(page, "copies")]).toEqual([[], []]);
  await page.goto("/downloads");
  await keep(page, station);
  await page.goto("/device");
  await expect(copy(page, station)).toContainText("On this device, proved", { timeout: 15_000 });
  await expectSound(page);
  expect((await owner.devices()).map((it) => it.id)).toContain(former!.id);
  expect(await owner.devices()).toHaveLength(2);
  await server.kill();
  await page.goto("/");
  await expect(copy(page, station)).toContainText("On this device");
});

test("a device that was said to be ready and had lost its files is counted and shown", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.leave("Train", soon(180), soon(185));
  const { device, plan } = await prepare(page, owner);

  // The departure was five minutes ago, and the browser has deleted the files before.
  await page.goto("about:blank");
  await server.kill();
  await evict(page, server, "file_systems");
  await server.change(`UPDATE plan SET departs_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-5 minutes') WHERE id = (SELECT MIN(id) FROM plan)`);
  await server.start();
  const letThrough = await holdFiles(page);
  await page.goto("/device");
  for (const item of plan.items) await expect(copy(page, item.title)).not.toContainText("On this device");

  await open(page, "/devices");
  const past = page.getByRole("list", { name: "Past departures" }).getByRole("listitem");
  await expect(past).toHaveCount(1);
  await expect(past).toContainText("Train");
  await expect(past).toContainText(`${plan.need_minutes} of ${plan.need_minutes} min were on ${device.name} ten minutes before.`);
  await expect(past).toContainText("In fact it had 0 min: its files were gone.");
  const metrics = await (await page.request.get("/metrics")).text();
  expect(metrics).toMatch(/smartcache_plan_outcomes_total\{outcome="contradicted"\} 1$/m);

  await test.step("Home takes back what it said", async () => {
    await open(page, "/");
    const windows = page.getByRole("list", { name: /^Prepared for the next departures on/ });
    await expect(windows).toContainText("Train");
    await expect(windows).not.toContainText("proved");
  });
  letThrough();
});
