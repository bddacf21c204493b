// Plans of a device: episodes of a followed source get onto it before a commute, without a click on Keep.

import { expectNoBarriers } from "../axe";
import { copy, expectSound } from "../device";
import { expect, test } from "../fixtures";
import { open } from "../pages";

/** Time of day in the time zone of new users. */
const clock = (minutesAhead: number): string => new Date(Date.now() + minutesAhead * 60_000).toISOString().slice(11, 16);

test("episodes get onto a device by themselves, and Home says that it is ready", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.leave("Train", clock(180), clock(185));
  await open(page, "/");
  await page.getByRole("button", { name: "Prepare this device for your commutes" }).click();
  await expect.poll(async () => (await owner.devices()).length, { timeout: 15_000 }).toBe(1);
  const [device] = await owner.devices();
  await expect.poll(async () => (await owner.plans(device!.id))[0]?.state, { timeout: 30_000 }).toBe("ready");
  const [plan] = await owner.plans(device!.id);
  expect(plan!.on_device).toBe(plan!.need_minutes);
  await open(page, "/device");
  expect(plan!.items.length).toBeGreaterThan(0);
  for (const item of plan!.items) await expect(copy(page, item.title)).toContainText("On this device, proved");
  await expectSound(page);
  await open(page, "/");
  const windows = page.getByRole("list", { name: /^Prepared for the next departures on/ });
  await expect(windows).toContainText("Train");
  await expect(windows).toContainText(`${plan!.need_minutes} of ${plan!.need_minutes} minutes are on ${device!.name}, proved`);
  await expectNoBarriers(page, [360, 1280]);
});
