// The system page of administrators.

import { expect, test } from "../fixtures";
import { expectMarked, notes, open, submit } from "../pages";

test("an administrator sees processes and settings, and clears caches", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await open(page, "/admin/system");
  await expect(page.getByRole("region", { name: "Processes" })).toContainText("web and work");
  await expect(page.getByRole("region", { name: "Settings" })).toContainText(server.url);
  await expect(page.getByText("No run is open.")).toBeVisible();
  await expect(page.getByText(/are free; .* must stay so\./)).toBeVisible();
  await page.getByRole("button", { name: "Clear the cache", exact: true }).click();
  await expect(notes(page)).toContainText("The cache is empty, in all processes.");
  await page.getByLabel("User name").fill("nobody");
  await page.getByRole("button", { name: "Clear the cache of this user" }).click();
  await expectMarked(page.getByLabel("User name"), "There is no user of this name.");
  await page.getByLabel("User name").fill(owner.username);
  await page.getByRole("button", { name: "Clear the cache of this user" }).click();
  await expect(notes(page)).toContainText("The cache of this user is empty, in all processes.");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the page is for administrators alone", async ({ page, owner, server }) => {
    await page.goto("/admin/system");
    await expect(page.getByText("This is for administrators of this server.")).toBeVisible();
    await server.run("user", "make-admin", owner.username);
    await page.goto("/admin/system");
    await submit(page, page.getByRole("button", { name: "Clear the cache", exact: true }));
    await expect(page.getByRole("heading", { name: "System", level: 1 })).toBeVisible();
    await page.getByLabel("User name").fill("nobody");
    await submit(page, page.getByRole("button", { name: "Clear the cache of this user" }));
    await expectMarked(page.getByLabel("User name"), "There is no user of this name.");
    await expect(page.getByLabel("User name")).toHaveValue("nobody");
  });
});
