// Devices: what they hold and since when it is proved, their settings, and their revocation.

import { createHash } from "node:crypto";
import { expectNoBarriers } from "../axe";
import { expect, test, type Owner, type Page } from "../fixtures";
import { expectMarked, notes, open, row, submit } from "../pages";

const phone = (page: Page) => row(page, "Devices", "Phone");
const change = (page: Page) => phone(page).locator("summary").filter({ hasText: "Change" });

/** A device that says to hold a download. Returns the proof that it may send. */
async function deviceWith(owner: Owner, title: string): Promise<{ id: number; prove: () => Promise<void> }> {
  const { id } = await owner.registerDevice("Phone", "Chrome on Android");
  const { id: download_id, sha256 } = await owner.queueUntil("ready", title);
  await owner.keepOn(id, download_id);
  const bytes = await owner.file(download_id);
  const copy = { download_id, sha256, bytes: bytes.length, checked_at: new Date().toISOString() };
  const { challenge } = await owner.contact(id, 1, [copy]);
  const hash = createHash("sha256").update(challenge!.nonce);
  for (const { offset, length } of challenge!.slices) hash.update(bytes.subarray(offset, offset + length));
  return { id, prove: () => owner.prove(id, challenge!.nonce, hash.digest("hex")) };
}

test("a device shows what it has proved to hold, as soon as it has", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  await page.getByRole("banner").locator(".account summary").click();
  await page.getByRole("banner").getByRole("link", { name: "Devices" }).click();
  await expect(page.getByText("No devices yet")).toBeVisible();
  await expectNoBarriers(page, [360, 1280]);
  const device = await deviceWith(owner, "Look Up Tonight");
  await expect(phone(page)).toContainText("Chrome on Android");
  await expect(phone(page)).toContainText(/1 copy, .* of up to 1 GB/);
  await expect(phone(page)).toContainText("Nothing to play is proved yet");
  await device.prove();
  await expect(phone(page)).toContainText(/to play, proved today \d\d:\d\d/);
  await expectNoBarriers(page, [360, 1280]);
});

test("a device is renamed, set and revoked", async ({ page, owner }) => {
  const { id } = await owner.registerDevice("Phone", "Chrome on Android");
  await owner.registerDevice("Tablet", "");
  await open(page, "/devices");
  await expect(phone(page)).toContainText("Nothing on it yet, of up to 1 GB");
  await change(page).click();
  await phone(page).getByLabel("Name").fill("Tablet");
  await phone(page).getByRole("button", { name: "Save device" }).click();
  await expectMarked(phone(page).getByLabel("Name"), /Another device has this name/);
  await phone(page).getByLabel("Name").fill("Pocket");
  await phone(page).getByLabel("Space for copies, in MB").fill("250");
  await phone(page).getByLabel("Fetch over metered connections too").check();
  await phone(page).getByRole("button", { name: "Save device" }).click();
  await expect(notes(page)).toContainText("Device saved.");
  await expect(row(page, "Devices", "Pocket")).toContainText("of up to 250 MB");
  expect(await owner.device(id)).toMatchObject({ name: "Pocket", budget_mb: 250, allow_metered: true });
  await row(page, "Devices", "Pocket").getByLabel("Revoke Pocket", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, revoke it: Pocket" }).click();
  await expect(row(page, "Devices", "Pocket")).toHaveCount(0);
  await expect(row(page, "Devices", "Tablet")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a device is changed and revoked, and what was typed is kept", async ({ page, owner }) => {
    await owner.registerDevice("Phone", "");
    await page.goto("/devices");
    await change(page).click();
    await phone(page).getByLabel("Name").fill("Pocket");
    await phone(page).getByLabel("Space for copies, in MB").fill("9");
    await submit(page, phone(page).getByRole("button", { name: "Save device" }));
    await expect(phone(page).getByLabel("Name")).toHaveValue("Pocket");
    await expectMarked(phone(page).getByLabel("Space for copies, in MB"), /Choose 10 to 1000000 megabytes/);
    await phone(page).getByLabel("Space for copies, in MB").fill("90");
    await submit(page, phone(page).getByRole("button", { name: "Save device" }));
    await expect(row(page, "Devices", "Pocket")).toContainText("of up to 90 MB");
    await page.getByLabel("Revoke Pocket", { exact: true }).click();
    await submit(page, page.getByRole("button", { name: "Yes, revoke it: Pocket" }));
    await expect(page.getByText("No devices yet")).toBeVisible();
  });
});
