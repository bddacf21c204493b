// All important functions in a browser without JavaScript.

import { expect, password, test } from "../fixtures";
import { expectMarked, lines, menu, outcome, row, startButton, submit } from "../pages";

test.use({ javaScriptEnabled: false });

test("a stranger registers and is signed in", async ({ page, server }) => {
  await page.goto("/register");
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Topics").fill("jazz");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(page.getByRole("banner")).toContainText("ada");
});

test("a rejected registration keeps what was typed, but not the password", async ({ page }) => {
  await page.goto("/register");
  await page.getByLabel("Username").fill("a b");
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Topics").fill("jazz & blues");
  await page.getByLabel("Items a day").fill("99");
  await page.getByRole("button", { name: "Create account" }).click();
  await expectMarked(page.getByLabel("Username"), /letters/);
  await expectMarked(page.getByLabel("Items a day"), /between 1 and 50/);
  await expect(page.getByLabel("Username")).toHaveValue("a b");
  await expect(page.getByLabel("Topics")).toHaveValue("jazz & blues");
  await expect(page.getByLabel("Items a day")).toHaveValue("99");
  await expect(page.getByLabel("Password")).toHaveValue("");
  expect(page.url()).not.toContain(password);
});

test("a wrong password is told at its field, and the name is kept", async ({ page, owner, context, server }) => {
  await context.clearCookies();
  await page.goto("/login?next=/downloads");
  await page.getByLabel("Username").fill(owner.username);
  await page.getByLabel("Password").fill("not-the-password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectMarked(page.getByLabel("Password"), /do not fit together/);
  await expect(page.getByLabel("Username")).toHaveValue(owner.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`${server.url}/downloads`);
});

test("a source is followed, and let go again", async ({ page, owner }) => {
  await page.goto("/subscriptions");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await row(page, "Directory", "Demo Station").getByRole("button", { name: "Subscribe" }).click();
  await row(page, "Following", "Demo Station").getByRole("button", { name: "Unsubscribe" }).click();
  await expect(page.getByText("You follow nothing yet")).toBeVisible();
});

test("a run is started, and what it brought is ready after a reload", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await page.goto("/");
  await page.getByLabel("How many items").fill("2");
  await submit(page, startButton(page));
  await expect(lines(page).first()).toContainText("up to 2 items");
  await expect(async () => {
    await page.reload();
    await expect(outcome(page)).toContainText("2 ready", { timeout: 200 });
  }).toPass({ timeout: 20_000 });
  await page.getByRole("link", { name: "Library" }).first().click();
  const ready = page.getByRole("list", { name: "Downloads" }).getByRole("listitem").filter({ hasText: "Ready" });
  await expect(ready).toHaveCount(2);
  const title = await ready.first().getByRole("heading").innerText();
  await expect((await menu(page, title)).getByRole("link", { name: "Save file" })).toBeVisible();
});

test("a second run is refused with the reason", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await page.goto("/");
  await owner.startRun(1);
  await startButton(page).click();
  await expect(page.getByRole("alert").filter({ hasText: "already under way" })).toBeVisible();
});

test("a download is deleted", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await page.goto("/downloads");
  await (await menu(page, "Station Call")).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No downloads yet")).toBeVisible();
});

test("downloads are filtered", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await page.goto("/downloads");
  await page.getByRole("link", { name: "Failed", exact: true }).click();
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await expect(page.getByRole("link", { name: "Failed", exact: true })).toHaveAttribute("aria-current", "true");
});

test("preferences are saved", async ({ page, owner }) => {
  await page.goto("/preferences");
  await page.getByLabel("Topics").fill("jazz, night trains");
  await page.getByLabel("Videos").check();
  await submit(page, page.getByRole("button", { name: "Save preferences" }));
  await expect(page.getByLabel("Topics")).toHaveValue("jazz, night trains");
  await expect(page.getByLabel("Videos")).toBeChecked();
  expect(await owner.preferences()).toMatchObject({ topics: ["jazz", "night trains"], kinds: ["video"] });
});

test("wrong preferences are marked, and what was typed is kept", async ({ page, owner }) => {
  const before = await owner.preferences();
  await page.goto("/preferences");
  await page.getByLabel("Topics").fill("jazz & blues");
  await page.getByLabel("Items a day").fill("0");
  await page.getByLabel("Time zone").fill("Mars/Base");
  await page.getByLabel("Videos").check();
  await submit(page, page.getByRole("button", { name: "Save preferences" }));
  await expectMarked(page.getByLabel("Items a day"), /between 1 and 50/);
  await expectMarked(page.getByLabel("Time zone"), /^Use a name such as Europe\/Berlin/);
  await expect(page.getByLabel("Topics")).toHaveValue("jazz & blues");
  await expect(page.getByLabel("Items a day")).toHaveValue("0");
  await expect(page.getByLabel("Time zone")).toHaveValue("Mars/Base");
  await expect(page.getByLabel("Videos")).toBeChecked();
  expect(await owner.preferences()).toEqual(before);
});
