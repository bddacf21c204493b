// The main job, from registration to a saved file.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, password, test } from "../fixtures";
import { badge, download, lines, menu, outcome, row, seconds, startButton } from "../pages";
import { watch, type Seen } from "../watch";

test("a stranger registers, subscribes, lets the agents work, and plays and saves what they brought", async ({ page }) => {
  await test.step("registers and is signed in", async () => {
    await page.goto("/register");
    await page.getByLabel("Username").fill("ada");
    await page.getByLabel("Password").fill(password);
    await page.getByLabel("Topics").fill("science");
    await page.getByLabel("Items a day").fill("20");
    await page.getByLabel("Storage in MB").fill("200");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
    await expect(page.getByRole("banner")).toContainText("ada");
    await expect(badge(page)).toHaveText("Connected");
  });

  await test.step("subscribes to the Demo Station", async () => {
    await page.getByRole("link", { name: "Subscriptions" }).first().click();
    await row(page, "Directory", "Demo Station").getByRole("button", { name: "Subscribe" }).click();
    await expect(row(page, "Following", "Demo Station")).toBeVisible();
  });

  const seen = await test.step("watches the agents find three items", async () => {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Home" }).click();
    await page.getByLabel("How many items").fill("3");
    const look = await watch(page);
    await startButton(page).click();
    await expect(outcome(page)).toContainText("Completed", { timeout: 20_000 });
    await expect(outcome(page)).toContainText("3 ready");
    return look();
  });
  expectOneByOne(seen);
  expectMoved(seen);

  const title = await test.step("finds all three ready", async () => {
    await expect(lines(page).filter({ hasText: /Ready: / })).toHaveCount(3);
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Library" }).click();
    const rows = page.getByRole("list", { name: "Downloads" }).getByRole("listitem");
    await expect(rows.filter({ hasText: "Ready" })).toHaveCount(3);
    return rows.first().getByRole("heading").innerText();
  });

  await test.step("plays one", async () => {
    await download(page, title).getByRole("button", { name: `Play: ${title}` }).click();
    await expect.poll(() => seconds(page)).toBeGreaterThan(0.5);
    await expect(download(page, title).getByRole("button", { name: `Pause: ${title}` })).toBeVisible();
  });

  await test.step("saves the publisher's very bytes", async () => {
    const saving = page.waitForEvent("download");
    await (await menu(page, title)).getByRole("link", { name: "Save file" }).click();
    const saved = readFileSync(await (await saving).path());
    const { data } = await (await page.request.get(`/api/v1/items?q=${encodeURIComponent(title)}`)).json();
    const original = await (await page.request.get(data[0].enclosures[0].url)).body();
    expect(sha256(saved)).toBe(sha256(original));
  });

  await test.step("finds it there again after a reload", async () => {
    await page.reload();
    await expect(download(page, title)).toContainText("Ready");
  });
});

/** Asserts that the agents spoke in turn, and that lines appeared one by one rather than all at the end. */
function expectOneByOne({ lines }: Seen): void {
  const first = ["discovery", "download", "summarizer"].map((agent) => lines.find((line) => line.agent === agent)?.at ?? NaN);
  expect(first).toEqual(first.toSorted((a, b) => a - b));
  const moments = new Set(lines.map((line) => line.at));
  expect(moments.size).toBeGreaterThanOrEqual(6);
  expect(lines.at(-1)!.at - lines[0]!.at, "milliseconds from the first line to the last").toBeGreaterThan(300);
}

/** Asserts that some progress bar grew, and none shrank. */
function expectMoved({ progress }: Seen): void {
  const grew = Object.values(progress).filter((values) => new Set(values.filter((value) => value > 0)).size >= 2);
  expect(grew.length, `of ${JSON.stringify(progress)}`).toBeGreaterThan(0);
  for (const values of Object.values(progress)) expect(values).toEqual(values.toSorted((a, b) => a - b));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
