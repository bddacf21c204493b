// Times in the user's time zone, and a log that scrolls with its end while the reader is there.

import { expect, test } from "../fixtures";
import { lines, menu, open, row, startButton } from "../pages";

test("times are those of the user's zone, near now in words, with the exact moment", async ({ page, owner, origin }) => {
  await owner.prefer({ timezone: "Asia/Kolkata" });
  await owner.subscribeTo(origin.largeFeed);
  await owner.queueUntil("ready", "The Grand Tour");
  await open(page, "/downloads");
  await menu(page, "The Grand Tour");
  const kept = row(page, "Downloads", "The Grand Tour").getByText("Kept until").locator("time");
  await expect(kept).toHaveAttribute("title", /UTC\+05:30$/);
  await expect(kept).toHaveAttribute("datetime", /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const moment = new Date((await kept.getAttribute("datetime"))!);
  const local = moment.toLocaleTimeString("en-GB", { timeZone: "Asia/Kolkata", hour: "2-digit", minute: "2-digit" });
  await expect(kept).toContainText(local);
});

test("the log follows its end until the reader scrolls up", async ({ page, owner }) => {
  await page.setViewportSize({ width: 390, height: 420 });
  await owner.subscribe("Demo Station");
  await open(page, "/");
  const log = page.getByRole("log");
  const below = () => log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  await startButton(page).click();
  await expect(lines(page).filter({ hasText: "The run is complete" })).toHaveCount(1, { timeout: 15_000 });
  await expect.poll(below).toBeLessThan(4);
  await log.evaluate((log) => log.scrollTo(0, 0));
  await expect.poll(() => log.evaluate((log) => log.scrollTop)).toBe(0);
  const before = await lines(page).count();
  await owner.completeRun(2);
  await expect(async () => expect(await lines(page).count()).not.toBe(before)).toPass();
  expect(await log.evaluate((log) => log.scrollTop), "who reads further up is left in peace").toBeLessThan(4);
});
