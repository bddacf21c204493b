// Plans of a device: episodes of a followed source get onto it before a commute, without a click on Keep.

import { chromium, type BrowserContext } from "@playwright/test";
import { expectNoBarriers } from "../axe";
import { copy, expectSound, prepare, stored } from "../device";
import { expect, Owner, test, type Page } from "../fixtures";
import { badge, media, open, play, player, seconds, soon } from "../pages";

test("episodes get onto a device by themselves, and Home says that it is ready", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.leave("Train", soon(180), soon(185));
  const { device, plan } = await prepare(page, owner);
  expect(plan.on_device).toBe(plan.need_minutes);
  await open(page, "/device");
  expect(plan.items.length).toBeGreaterThan(0);
  for (const item of plan.items) await expect(copy(page, item.title)).toContainText("On this device, proved");
  await expectSound(page);
  await open(page, "/");
  const windows = page.getByRole("list", { name: /^Prepared for the next departures on/ });
  await expect(windows).toContainText("Train");
  await expect(windows).toContainText(`${plan.need_minutes} of ${plan.need_minutes} minutes are on ${device.name}, proved`);
  await expectNoBarriers(page, [360, 1280]);
});

test("an evening's plan plays in the morning, though the server was killed and the browser restarted", async ({ owner, server, prepared }, info) => {
  test.slow();
  await owner.subscribe("Demo Station");
  await owner.leave("Train", soon(180), soon(185));
  const launch = (): Promise<BrowserContext> =>
    chromium.launchPersistentContext(info.outputPath("profile"), { ...info.project.use.launchOptions, baseURL: server.url });
  let context = await launch();
  await context.addCookies(prepared.cookies);
  let page = await context.newPage();
  const { plan } = await prepare(page, owner);
  const title = plan.items[0]!.title;
  await page.goto("/device");
  await expect(copy(page, title)).toContainText("On this device, proved");
  await expect(page.getByText("This page opens without a connection.")).toBeVisible({ timeout: 15_000 });
  await server.kill();
  await context.close();

  context = await launch();
  page = await context.newPage();
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "You are offline" })).toBeVisible();
  const departure = page.getByRole("list", { name: "Next departures" });
  await expect(departure).toContainText("Train");
  await expect(departure).toContainText(`${plan.need_minutes} of ${plan.need_minutes} min are on this device.`);
  await play(page, title).click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration * 0.5));
  await player(page).getByRole("button", { name: "Pause", exact: true }).click();
  const at = await seconds(page);
  expect(at).toBeGreaterThan(1);
  await expect.poll(async () => (await stored<{ to?: number }>(page, "outbox")).at(-1)?.to ?? 0).toBeGreaterThanOrEqual(Math.floor(at));
  await page.reload();
  await expect.poll(() => seconds(page)).toBeGreaterThanOrEqual(Math.floor(at));

  await server.start();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(badge(page)).toHaveText("Connected", { timeout: 15_000 });
  const item = await owner.item(title);
  await expect.poll(() => owner.position(item), { timeout: 15_000 }).toBeGreaterThanOrEqual(Math.floor(at));
  await expect.poll(async () => (await stored(page, "outbox")).length).toBe(0);
  await context.close();
});

/** Time of day in a zone. */
const clockIn = (timeZone: string, moment: number): string =>
  new Date(moment).toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });

/** The day of a moment in words, in a zone. */
function dayIn(timeZone: string, moment: number): string {
  const date = (moment: number): string => new Date(moment).toLocaleDateString("en-GB", { timeZone });
  return date(moment) === date(Date.now()) ? "today" : "tomorrow";
}

/** Lets a user leave in three hours by the clock of a zone, and their browser prepare for that. Returns the plan. */
async function prepared(page: Page, owner: Owner, timezone: string): Promise<{ departs_at: string; items: { title: string }[] }> {
  const departs = Date.now() + 180 * 60_000;
  await owner.prefer({ timezone });
  await owner.subscribe("Demo Station");
  await owner.leave("Train", clockIn(timezone, departs), clockIn(timezone, departs + 300_000));
  return (await prepare(page, owner)).plan;
}

test.describe("in Kolkata", () => {
  test.use({ timezoneId: "Asia/Kolkata" });

  test("users in two time zones are ready for their own mornings", async ({ page, owner, server, browser }) => {
    test.slow();
    const [east, west] = ["Asia/Kolkata", "Pacific/Marquesas"];
    const there = await browser.newContext({ baseURL: server.url, timezoneId: west });
    const other = new Owner("other", there.request);
    await other.register({});
    await other.skipFirstSteps();
    const afar = await there.newPage();
    const plans = await Promise.all([prepared(page, owner, east), prepared(afar, other, west)]);
    for (const [n, [browsed, zone, offset]] of ([[page, east, "+05:30"], [afar, west, "-09:30"]] as const).entries()) {
      const departs = Date.parse(plans[n]!.departs_at);
      expect(plans[n]!.departs_at.endsWith(offset), `${zone}: ${plans[n]!.departs_at}`).toBe(true);
      expect(Math.abs(departs - Date.now() - 179 * 60_000)).toBeLessThan(5 * 60_000);
      await open(browsed, "/");
      const windows = browsed.getByRole("list", { name: /^Prepared for the next departures on/ });
      await expect(windows).toContainText(`Train · ${dayIn(zone, departs)} at ${clockIn(zone, departs)}`);
      await browsed.goto("/device");
      for (const item of plans[n]!.items) await expect(copy(browsed, item.title)).toContainText("On this device, proved");
    }
    await there.close();
  });

  test("without the server, departures are told by the user's clock", async ({ page, owner, server }) => {
    const { departs_at } = await prepared(page, owner, "Asia/Kolkata");
    await page.goto("/device");
    await expect(page.getByText("This page opens without a connection.")).toBeVisible({ timeout: 15_000 });
    await server.kill();
    await page.goto("/");
    const departures = page.getByRole("list", { name: "Next departures" });
    await expect(departures).toContainText("Train");
    await expect(departures).toContainText(clockIn("Asia/Kolkata", Date.parse(departs_at)));
  });
});
