// What needs a person's word: the run asks where its owner is, waits over anything, and does as it was told.

import { expect, test, type Owner, type Origin, type Page } from "../fixtures";
import { badge, lines, notes, open, outcome, startButton } from "../pages";

const card = (page: Page) => page.getByRole("article", { name: "Approval needed" });

/** Somebody who is asked above 1 MB, and follows something larger. */
async function follows(owner: Owner, origin: Origin): Promise<void> {
  await owner.prefer({ approval: { file_mb: 1, run_mb: 500 } });
  await owner.subscribeTo(origin.largeFeed);
}

test("approving a request lets the run continue", async ({ page, owner, origin }) => {
  await follows(owner, origin);
  await open(page, "/");
  await startButton(page).click();
  await expect(card(page)).toContainText("May I fetch “The Grand Tour”");
  await expect(page.getByText("Waiting for your approval")).toBeVisible();
  await expect(notes(page)).toContainText("Approval needed on the dashboard");
  await card(page).getByRole("button", { name: "Approve" }).click();
  await expect(card(page)).toBeHidden();
  await expect(lines(page).filter({ hasText: "You approved it." })).toHaveCount(1);
  await expect(outcome(page)).toContainText("1 ready", { timeout: 15_000 });
});

test("a rejection is told to the agent with its comment", async ({ page, owner, origin }) => {
  await follows(owner, origin);
  await owner.startRun(1);
  await open(page, "/");
  await card(page).getByLabel("Comment").fill("Something shorter, please.");
  await card(page).getByRole("button", { name: "Reject" }).click();
  await expect(lines(page).filter({ hasText: "You turned it down. “Something shorter, please.”" })).toHaveCount(1);
  await expect(outcome(page)).toContainText("0 queued", { timeout: 15_000 });
  await expect(lines(page).filter({ hasText: "They said: Something shorter, please." })).not.toHaveCount(0);
});

test("a request outlives the server", async ({ page, owner, origin, server }) => {
  await follows(owner, origin);
  await owner.startRun(1);
  await open(page, "/");
  await expect(card(page)).toBeVisible();
  await server.kill();
  await server.start();
  await expect(badge(page)).toHaveText("Connected", { timeout: 10_000 });
  await card(page).getByRole("button", { name: "Approve" }).click();
  await expect(outcome(page)).toContainText("1 ready", { timeout: 15_000 });
});

test("a request that was answered elsewhere goes by itself", async ({ page, context, owner, origin }) => {
  await follows(owner, origin);
  await owner.startRun(1);
  await open(page, "/");
  const other = await context.newPage();
  await open(other, "/");
  await card(other).getByRole("button", { name: "Reject" }).click();
  await expect(card(page)).toBeHidden();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a request is answered", async ({ page, owner, origin }) => {
    await follows(owner, origin);
    const { id } = await owner.startRun(1);
    await expect.poll(async () => (await owner.run(id)).status).toBe("waiting_approval");
    await page.goto("/");
    await card(page).getByRole("button", { name: "Approve" }).click();
    await expect(async () => {
      await page.reload();
      await expect(outcome(page)).toContainText("1 ready", { timeout: 200 });
    }).toPass({ timeout: 15_000 });
  });
});
