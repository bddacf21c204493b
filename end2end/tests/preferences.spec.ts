// Preferences: valid ones are saved, invalid ones are reported at their field.

import { expect, test } from "../fixtures";
import { expectMarked, notes, open } from "../pages";

test("what is saved is there after a reload", async ({ page, owner }) => {
  await open(page, "/preferences");
  await expect(page.getByLabel("Topics")).toHaveValue("technology, science");
  await page.getByLabel("Topics").fill("jazz, Jazz, night trains");
  await page.getByLabel("Podcasts").check();
  await page.getByLabel("Items a day").fill("20");
  await page.getByLabel("Storage in MB").fill("2000");
  await page.getByLabel("Fetch new items by themselves").check();
  await page.getByLabel("One file above").fill("150");
  await page.getByLabel("A whole run above").fill("400");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByRole("button", { name: "Save preferences" }).click();
  await expect(notes(page)).toContainText("Preferences saved.");
  await page.reload();
  await expect(page.getByLabel("Topics")).toHaveValue("jazz, night trains");
  await expect(page.getByLabel("Podcasts")).toBeChecked();
  await expect(page.getByLabel("Videos")).not.toBeChecked();
  expect(await owner.preferences()).toMatchObject({
    topics: ["jazz", "night trains"],
    kinds: ["podcast"],
    max_daily_items: 20,
    max_storage_mb: 2000,
    approval: { file_mb: 150, run_mb: 400 },
    auto_download: true,
    timezone: "Europe/Berlin",
  });
});

const tooMany = Array.from({ length: 51 }, (_, at) => `topic ${at}`).join(", ");

for (const [label, wrong, why] of [
  ["Topics", tooMany, /at most 50/],
  ["Topics", "x".repeat(61), /under 60/],
  ["Items a day", "0", /between 1 and 50/],
  ["Items a day", "51", /between 1 and 50/],
  ["Items a day", "", /between 1 and 50/],
  ["Storage in MB", "99", /between 100 and 100,000/],
  ["Storage in MB", "100001", /between 100 and 100,000/],
  ["One file above, in MB", "0", /between 1 and 100,000/],
  ["A whole run above, in MB", "100001", /between 1 and 100,000/],
  ["Time zone", "Mars/Base", /^Use a name such as Europe\/Berlin/],
  ["Time zone", "", /^Use a name such as Europe\/Berlin/],
] as const) {
  test(`${label} refuses “${wrong.slice(0, 20)}” at its field`, async ({ page, owner }) => {
    const before = await owner.preferences();
    await open(page, "/preferences");
    await page.getByLabel(label).fill(wrong);
    await page.getByRole("button", { name: "Save preferences" }).click();
    await expectMarked(page.getByLabel(label), why);
    await expect(page.getByLabel(label)).toBeFocused();
    await expect(page.getByLabel(label)).toHaveValue(wrong);
    await expect(page.locator("[aria-invalid=true]")).toHaveCount(1);
    expect(await owner.preferences()).toEqual(before);
  });
}
