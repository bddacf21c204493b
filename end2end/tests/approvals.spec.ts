// Approvals: a run asks where the user is, waits across restarts, and obeys the decision.

import { expect, test, type Owner, type Origin, type Page } from "../fixtures";
import { badge, lines, notes, open, outcome, startButton, submit } from "../pages";

const inbox = (page: Page) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Approvals" });
const card = (page: Page) => page.getByRole("article", { name: "Approval needed" });

/** Sets the approval limit to 1 MB, and follows a feed with a larger episode. */
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
  await expect(notes(page)).toContainText("Approval needed: May I fetch “The Grand Tour”");
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

test("a request is announced on every page, and answered in the inbox", async ({ page, owner, origin }) => {
  await follows(owner, origin);
  await open(page, "/approvals");
  await expect(page.getByText("Nothing waits for your answer")).toBeVisible();
  await open(page, "/subscriptions");
  const { id } = await owner.startRun(1);
  await expect(inbox(page)).toHaveAccessibleName(/Approvals 1 waiting for you/);
  await notes(page).getByRole("link", { name: "Decide" }).click();
  await expect(card(page)).toContainText(/queue_download \{"item_id":\d+\}/);
  await expect(card(page)).toContainText("Download asks in run 1");
  await expect(card(page)).toContainText(/\(in 2[34] hours\)/);
  await card(page).getByLabel("Comment").fill("For the long way home.");
  await card(page).getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText("Nothing waits for your answer")).toBeVisible();
  await expect(inbox(page)).toHaveAccessibleName("Approvals");
  const decided = page.getByRole("list", { name: "Decided" }).getByRole("listitem");
  await expect(decided).toContainText(/May I fetch.*Approved.*“For the long way home.”/s);
  await decided.getByRole("link", { name: `run ${id}` }).click();
  await expect(page.getByRole("region", { name: "How it stands" })).toContainText("1 ready", { timeout: 15_000 });
});

test("a request waits over a restart of the server and is decided in the inbox", async ({ page, owner, origin, server }) => {
  await follows(owner, origin);
  const { id } = await owner.startRun(1);
  await open(page, "/approvals");
  await expect(card(page)).toBeVisible();
  await server.kill();
  await expect(badge(page)).not.toHaveText("Connected");
  await server.start();
  await page.reload();
  await expect(badge(page)).toHaveText("Connected", { timeout: 10_000 });
  expect((await owner.run(id)).status).toBe("waiting_approval");
  await card(page).getByRole("button", { name: "Approve" }).click();
  await expect(page.getByRole("list", { name: "Decided" })).toContainText("Approved");
  await expect.poll(async () => (await owner.run(id)).status, { timeout: 20_000 }).toBe("completed");
  expect((await owner.run(id)).summary).toMatchObject({ queued: 1, ready: 1 });
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
    await submit(page, card(page).getByRole("button", { name: "Approve" }));
    await expect(async () => {
      await page.reload();
      await expect(outcome(page)).toContainText("1 ready", { timeout: 200 });
    }).toPass({ timeout: 15_000 });
  });

  test("a request is answered in the inbox", async ({ page, owner, origin }) => {
    await follows(owner, origin);
    const { id } = await owner.startRun(1);
    await expect.poll(async () => (await owner.run(id)).status).toBe("waiting_approval");
    await page.goto("/approvals");
    await card(page).getByLabel("Comment").fill("Too long.");
    await card(page).getByRole("button", { name: "Reject" }).click();
    await expect(page).toHaveURL(/\/approvals/);
    await expect(page.getByText("Nothing waits for your answer")).toBeVisible();
    await expect(page.getByRole("list", { name: "Decided" })).toContainText(/Rejected.*“Too long.”/s);
  });
});
