// The live page: events as they happen, and recovery from a server that is killed.

import { expect, test } from "../fixtures";
import { badge, expectWholeLog, isSame, lines, mark, notes, open, outcome, startButton } from "../pages";

test("the page says that it is connected", async ({ page, owner }) => {
  await page.goto("/");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await expect(badge(page)).toHaveText("Connected");
});

test("a run that began elsewhere appears by itself", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  await owner.completeRun(2);
  await expect(outcome(page)).toContainText("2 ready");
  await expectWholeLog(page, owner);
});

test("a run survives the violent end of the server, and the page comes back to it", async ({ page, owner, origin, server }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/");
  await startButton(page).click();
  await expect(page.getByRole("progressbar", { name: "Progress of The Long Way Round" })).toHaveAttribute("value", /[1-9]/);
  const before = await lines(page).count();
  await mark(page);

  await server.kill();
  await expect(badge(page)).toHaveText(/Disconnected|Connecting/);
  await server.start();
  await expect(badge(page)).toHaveText("Connected", { timeout: 10_000 });
  origin.letGo();

  await expect(outcome(page)).toContainText("1 ready", { timeout: 15_000 });
  expect(await lines(page).count()).toBeGreaterThan(before);
  expect(await isSame(page)).toBe(true);
  await expectWholeLog(page, owner);
});

test("a run of several downloads, killed in the middle, loses and doubles nothing", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  await startButton(page).click();
  await expect(page.getByRole("progressbar", { name: /Progress of/ }).first()).toBeVisible();

  await server.kill();
  await server.start();

  await expect(outcome(page)).toContainText("5 ready", { timeout: 20_000 });
  await expectWholeLog(page, owner);
  expect((await owner.downloads()).map((download) => download.status)).toEqual(Array(5).fill("ready"));
  await expect(lines(page).filter({ hasText: /Queued: / })).toHaveCount(5);
  await expect(lines(page).filter({ hasText: /Ready: / })).toHaveCount(5);
});

test("a page that was left alone catches up", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  await page.context().setOffline(true);
  await server.kill();
  await expect(badge(page)).toHaveText(/Disconnected|Connecting/);
  await server.start();
  await page.context().setOffline(false);
  await owner.completeRun(1);
  await expect(outcome(page)).toContainText("1 ready", { timeout: 15_000 });
  await expectWholeLog(page, owner);
});

test("short notes come, say what happened, and can be sent away", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/subscriptions");
  await owner.completeRun(1);
  await expect(notes(page)).toContainText("Ready: ");
  await expect(notes(page)).toContainText("The run is complete.");
  const count = await notes(page).getByRole("button", { name: "Dismiss" }).count();
  await notes(page).getByRole("button", { name: "Dismiss" }).first().click();
  await expect(notes(page).getByRole("button", { name: "Dismiss" })).toHaveCount(count - 1);
});

test("a run of somebody who follows nothing says so", async ({ page, owner }) => {
  await open(page, "/");
  await startButton(page).click();
  await expect(outcome(page)).toContainText("you follow no source yet");
  expect((await owner.latestRun()).summary).toMatchObject({ queued: 0, ready: 0, bytes: 0 });
});

test("a run is cancelled with what it has on its way", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/");
  await startButton(page).click();
  await expect(page.getByRole("progressbar", { name: /Progress of/ })).toBeVisible();
  await expect(page.getByText("The agents are at work")).toBeVisible();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(outcome(page)).toContainText("Cancelled by you.");
  await expect(startButton(page)).toBeEnabled();
  await expect(page.getByText("Nothing is on its way")).toBeVisible();
  expect((await owner.latestRun()).status).toBe("cancelled");
  expect((await owner.downloads()).map((download) => download.status)).toEqual(["cancelled"]);
});

test("a run is paused and goes on", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/");
  await startButton(page).click();
  await expect(page.getByRole("progressbar", { name: /Progress of/ })).toBeVisible();
  await page.getByRole("button", { name: "Pause the run" }).click();
  await expect(page.getByText("Paused", { exact: true })).toBeVisible();
  await expect(page.getByText("You paused the run. Its downloads go on.").first()).toBeVisible();
  expect((await owner.latestRun()).status).toBe("paused");
  await page.reload();
  await page.getByRole("button", { name: "Resume the run" }).click();
  await expect(page.getByText("The agents are at work")).toBeVisible();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expect(outcome(page)).toContainText("Cancelled by you.");
});

test("a second run is refused with the reason", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  // A page without live frames still offers to start.
  await page.routeWebSocket("/ws", () => {});
  await page.goto("/");
  await expect(startButton(page)).toBeVisible();
  await owner.startRun(1);
  await startButton(page).click();
  await expect(page.getByRole("alert").filter({ hasText: "already under way" })).toBeVisible();
});

for (const wrong of ["0", "21", ""]) {
  test(`a run of “${wrong}” items is refused at its field`, async ({ page, owner }) => {
    await open(page, "/");
    await page.getByLabel("How many items").fill(wrong);
    await startButton(page).click();
    await expect(page.getByLabel("How many items")).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByLabel("How many items")).toHaveAccessibleDescription(/between 1 and 20/);
    await expect(page.getByRole("banner")).toContainText(owner.username);
  });
}
