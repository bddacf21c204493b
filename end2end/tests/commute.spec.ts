// Commutes on the preferences page; pausing, resuming and prioritising downloads on the downloads page.

import type { Locator } from "@playwright/test";
import { expect, test, type Page } from "../fixtures";
import { download, expectMarked, menu, notes, open, row, soon } from "../pages";

const commute = (page: Page): Locator => page.getByRole("region", { name: "Commute" });
const adding = (page: Page): Locator => commute(page).locator("form").filter({ has: page.getByRole("button", { name: "Add commute" }) });
const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

async function fill(form: Locator, label: string, start: string, end: string): Promise<void> {
  await form.getByLabel("Name").fill(label);
  await form.getByLabel("You leave at").fill(start);
  await form.getByLabel("You are there at").fill(end);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    const visit = (page: Page, path: string) => (javaScriptEnabled ? open(page, path) : page.goto(path));

    test("a commute is added, changed, switched off and deleted", async ({ page, owner }) => {
      await visit(page, "/preferences");
      await expect(commute(page)).toContainText("No commute yet");
      await fill(adding(page), "Way to work", "07:30", "08:15");
      await adding(page).getByLabel("Friday").uncheck();
      await button(page, "Add commute").click();
      const morning = row(page, "Commute windows", "Way to work");
      await expect(morning).toContainText("07:30 to 08:15");
      await expect(morning).toContainText("Monday to Thursday");
      await expect(commute(page)).not.toContainText("No commute yet");
      await expect(adding(page).getByLabel("Name")).toHaveValue("");
      expect(await owner.windows()).toMatchObject([
        { label: "Way to work", start: "07:30", end: "08:15", days: ["mon", "tue", "wed", "thu"], is_active: true },
      ]);

      await morning.getByText("Change").click();
      await fill(morning, "Night train", "23:30", "06:10");
      await morning.getByLabel("Sunday").check();
      await button(page, "Save commute").click();
      const night = row(page, "Commute windows", "Night train");
      await expect(night).toContainText("23:30 to 06:10");
      await expect(button(page, "Save commute")).toBeHidden();

      await button(page, "Switch off Night train").click();
      await expect(night).toContainText("Switched off");
      expect((await owner.windows())[0]).toMatchObject({ is_active: false, days: ["mon", "tue", "wed", "thu", "sun"] });
      await button(page, "Switch on Night train").click();
      await expect(night).not.toContainText("Switched off");
      await button(page, "Delete Night train").click();
      await expect(commute(page)).toContainText("No commute yet");
    });

    test("a wrong commute is marked where it is wrong, and what was typed is kept", async ({ page, owner }) => {
      await owner.leave("Morning", "07:30", "08:15");
      await visit(page, "/preferences");
      await fill(adding(page), "", "09:00", "09:00");
      for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]) await adding(page).getByLabel(day).uncheck();
      await button(page, "Add commute").click();
      await expectMarked(adding(page).getByLabel("Name"), /1 to 60 characters/);
      await expectMarked(adding(page).getByLabel("You are there at"), /differs from the start/);
      await expectMarked(adding(page).getByLabel("Monday"), /at least one day/);
      await expect(adding(page).getByLabel("You leave at")).toHaveValue("09:00");

      const morning = row(page, "Commute windows", "Morning");
      await morning.getByText("Change").click();
      await morning.getByLabel("You leave at").fill("08:15");
      await button(page, "Save commute").click();
      await expectMarked(morning.getByLabel("You are there at"), /differs from the start/);
      await expect(morning.getByLabel("You leave at")).toHaveValue("08:15");
      expect(await owner.windows()).toMatchObject([{ label: "Morning", start: "07:30" }]);
    });

    test("one is paused and resumed, then all of them, and all are cancelled", async ({ page, owner, origin }) => {
      await owner.subscribeTo(origin.slowFeed);
      await owner.subscribeTo(origin.largeFeed);
      await owner.queueUntil("downloading", "The Long Way Round");
      await visit(page, "/downloads");
      const slow = download(page, "The Long Way Round");
      await button(page, "Pause The Long Way Round").click();
      await expect(slow).toContainText("Paused");
      await expect(button(page, "Pause all")).toBeHidden();
      await button(page, "Resume The Long Way Round").click();
      await expect(button(page, "Pause The Long Way Round")).toBeVisible();
      await expect(button(page, "Resume all")).toBeHidden();

      await button(page, "Pause all").click();
      await expect(slow).toContainText("Paused");
      await button(page, "Resume all").click();
      await expect(slow).not.toContainText("Paused");
      await expect(button(page, "Yes, cancel all")).toBeHidden();
      await page.getByRole("group", { name: "All downloads" }).getByText("Cancel all", { exact: true }).click();
      await button(page, "Yes, cancel all").click();
      await expect(slow).toContainText("Cancelled");
      await expect(page.getByText("Cancel all", { exact: true })).toBeHidden();
      if (javaScriptEnabled) await expect(notes(page)).toContainText("1 download cancelled.");
    });

    test("what failed is tried again, all of it", async ({ page, owner, origin }) => {
      await owner.subscribeTo(origin.brokenFeed);
      await owner.queueUntil("failed", "The Missing Suitcase");
      origin.mend();
      await visit(page, "/downloads");
      await button(page, "Retry all failed").click();
      await expect(async () => {
        if (!javaScriptEnabled) await page.reload();
        await expect(download(page, "The Missing Suitcase")).toContainText("Ready", { timeout: 200 });
      }).toPass({ timeout: 10_000 });
      await expect(button(page, "Retry all failed")).toBeHidden();
    });
  });
}

test.describe("with one lane", () => {
  test.use({ settings: { SMARTCACHE_TRANSFERS: "1" } });

  test("what waits is put first, and says by when it is wanted", async ({ page, owner, origin }) => {
    await owner.subscribeTo(origin.slowFeed);
    await owner.subscribeTo(origin.largeFeed);
    await owner.queueUntil("downloading", "The Long Way Round");
    const { id } = await owner.queue("The Grand Tour");
    await open(page, "/downloads");
    const waiting = download(page, "The Grand Tour");
    await menu(page, "The Grand Tour");
    await button(page, "Put The Grand Tour first").click();
    await expect(waiting).toContainText("You put it first");
    expect((await owner.download(id)).priority).toBe(10);
    await menu(page, "The Grand Tour");
    await expect(button(page, "Put The Grand Tour first")).toBeHidden();
    await button(page, "Put The Grand Tour last").click();
    await expect(waiting).toContainText("You put it last");
    await menu(page, "The Grand Tour");
    await button(page, "Put The Grand Tour back in turn").click();
    await expect(waiting).not.toContainText("You put it");
    await expect(waiting).not.toContainText("Wanted by");

    const start = soon(60);
    await owner.leave("Way to work", start, soon(120));
    await page.reload();
    await expect(waiting).toContainText(`Wanted by ${start}`);
    await page.goto("/");
    const card = page.getByRole("region", { name: /Way to work/ });
    await expect(card.getByRole("heading")).toHaveText(new RegExp(`^Way to work · (today|tomorrow) at ${start}$`));
    await expect(card).toContainText(/0 of \d+ min are ready on the server\. 2 more on the way\./);
    origin.letGo();
    await open(page, "/downloads");
    await expect(waiting).toContainText("Ready");
    await expect(waiting).not.toContainText("Wanted by");
  });
});
