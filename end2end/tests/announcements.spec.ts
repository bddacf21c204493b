// Announcements: what an administrator says reaches everybody at once, and is kept.

import { expectNoBarriers } from "../axe";
import { expect, test } from "../fixtures";
import { expectMarked, neighbour, notes, open, row, submit } from "../pages";

const list = "All announcements";

test("an administrator announces something, and a user sees it at once", async ({ page, owner, server, browser }) => {
  await server.run("user", "make-admin", owner.username);
  const ada = await neighbour(browser, server, "ada", "/items");
  await open(page, "/admin/users");
  await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Announcements" }).click();
  await expect(page.getByText("Nothing was announced yet")).toBeVisible();
  await page.getByRole("button", { name: "Announce it" }).click();
  await expectMarked(page.getByLabel("Message"), "Write what everybody should know.");
  await page.getByLabel("Message").fill("Maintenance at 22:00.");
  await page.getByLabel("Weight").selectOption("Warning");
  await page.getByRole("button", { name: "Announce it" }).click();
  await expect(row(page, list, "Maintenance at 22:00.")).toContainText("Warning");
  await expect(page.getByLabel("Message")).toHaveValue("");
  await expect(notes(ada)).toContainText("Maintenance at 22:00.");
  await page.getByLabel("Message").fill("All is well again.");
  await page.getByRole("button", { name: "Announce it" }).click();
  await expect(page.getByRole("list", { name: list }).getByRole("heading")).toHaveText(["All is well again.", "Maintenance at 22:00."]);
  await expectNoBarriers(page, [360, 1280]);
  await ada.goto("/notifications");
  await expect(ada.getByRole("main")).toContainText("All is well again.");
  await ada.context().close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("an announcement is made, and the page is for administrators alone", async ({ page, owner, server }) => {
    await page.goto("/admin/announcements");
    await expect(page.getByText("This is for administrators of this server.")).toBeVisible();
    await server.run("user", "make-admin", owner.username);
    await page.goto("/admin/announcements");
    await page.getByLabel("Message").fill("x".repeat(501));
    await submit(page, page.getByRole("button", { name: "Announce it" }));
    await expectMarked(page.getByLabel("Message"), "At most 500 characters, please.");
    await expect(page.getByLabel("Message")).toHaveValue("x".repeat(501));
    await page.getByLabel("Message").fill("Welcome!");
    await page.getByLabel("Weight").selectOption("Good news");
    await submit(page, page.getByRole("button", { name: "Announce it" }));
    await expect(row(page, list, "Welcome!")).toContainText("Good news");
  });
});
