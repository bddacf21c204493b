// Runs: their list, and the page of one with what it got and why, its steps, and its conversation in a drawer.

import { expect, test, type Page } from "../fixtures";
import { Model } from "../model";
import { expectMarked, menu, notes, open, outcome, play, player, row, startButton } from "../pages";

const turn = (page: Page, name: RegExp) =>
  page.getByRole("list", { name: "Turns" }).locator("> li").filter({ has: page.getByRole("heading", { name }) });
const standing = (page: Page) => page.getByRole("region", { name: "How it stands" });
const brought = (page: Page) => page.getByRole("list", { name: "Downloads of this run" }).getByRole("listitem");
const drawer = (page: Page) => page.getByText("Show the conversation");
const conversation = (page: Page) => page.getByRole("region", { name: "Conversation" });
/** Summary of a folded step. */
const step = (page: Page, name: string) => page.locator("summary").filter({ hasText: name });

test("a run's page tells its turns, its calls and their results", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id } = await owner.completeRun(2);
  const { number } = await owner.run(id);
  await open(page, "/");
  await page.getByRole("link", { name: "All runs" }).click();
  const listed = page.getByRole("list", { name: "Runs" }).getByRole("listitem").filter({ hasText: `Run ${number}` }).first();
  await expect(listed).toContainText(/2 items from your topics.*Completed.*2 ready/s);
  await expect(listed).not.toContainText(/tokens|turns/);
  await listed.getByRole("link", { name: `Run ${number}` }).click();

  await expect(page).toHaveTitle(`Run ${number} · SmartCache`);
  await expect(standing(page)).toContainText(/2 ready.*Completed.*Up to 2 items.*Took/s);
  await expect(page.getByRole("list", { name: "Turns" })).toBeHidden();
  await drawer(page).click();
  await expect(conversation(page)).toContainText(/turns.*The goal is met/s);
  const first = turn(page, /^Turn 1: Discovery built-in planner/);
  await expect(first).toContainText(/recommend_content\(max items: 2.*Hands over to Download.*2 items/s);
  await expect(turn(page, /^Turn 2: Download/)).toContainText("queue_download(item id: ");
  const call = first.getByRole("listitem").filter({ hasText: "get_subscriptions()" });
  await expect(call.getByText('"subscriptions": [')).toBeHidden();
  await call.getByText("Arguments and result").click();
  await expect(call.getByText('"subscriptions": [')).toBeVisible();

  const picks = page.getByRole("list", { name: "What the agents kept" }).locator("> li").first();
  await expect(picks.getByRole("heading")).toHaveText("Picks");
  await expect(picks.locator(".picks li")).toHaveCount(2);
  await expect(brought(page).filter({ hasText: "Ready" })).toHaveCount(2);
});

test("a run's page begins with what it got and why, and plays it", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id, number } = await owner.completeRun(2);
  await open(page, `/runs/${id}`);
  await expect(standing(page)).toContainText(/2 items from your topics.*2 ready/s);
  await expect(standing(page)).toHaveAttribute("data-tone", "good");
  await expect(brought(page)).toHaveCount(2);
  await expect(brought(page).first()).toContainText(/Demo Station.*Picked: [A-Z]/s);

  await expect(step(page, "1 Found")).toContainText("2 candidates from 1 source");
  await expect(step(page, "2 Fetched")).toContainText("2 downloads, 2 ready");
  const candidates = page.getByRole("list", { name: "Candidates" });
  await expect(candidates).toBeHidden();
  await step(page, "1 Found").click();
  await expect(candidates.getByRole("listitem")).toHaveCount(2);
  await step(page, "3 Summed up").click();
  await expect(page.getByText(/^Summarizer:/)).toBeVisible();

  const title = await brought(page).first().getByRole("heading").innerText();
  await play(page, title).click();
  await expect(brought(page).first().getByRole("button", { name: `Pause: ${title}` })).toBeVisible();
  await expect(player(page)).toContainText(title);

  await open(page, "/runs");
  await page.getByRole("button", { name: `Play all of run ${number}` }).click();
  await expect(player(page)).toContainText(title);
  await expect.poll(async () => (await (await page.request.get("/api/v1/queue")).json()).item_ids.length).toBe(1);
});

test("a download is deleted on the page of its run, and comes back", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id } = await owner.completeRun(1);
  await open(page, `/runs/${id}`);
  const title = await brought(page).getByRole("heading").innerText();
  await (await menu(page, title)).getByRole("button", { name: `Delete ${title}` }).click();
  await expect(brought(page)).toHaveCount(0);
  await expect(standing(page)).toContainText("Nothing of it is kept any more");
  await expect(step(page, "2 Fetched")).toContainText("nothing is kept any more");
  await expect(page.getByText("It has no downloads now.")).toBeVisible();
  await notes(page).getByRole("button", { name: "Undo" }).click();
  await expect(brought(page)).toHaveCount(1);
  await expect(standing(page)).toContainText("1 ready");
});

test("a goal is given under More, and a wrong one is marked", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  const goal = page.getByLabel("What you want this time");
  await expect(goal).toBeHidden();
  await page.getByRole("region", { name: "Discover and download" }).getByText("More", { exact: true }).click();
  await goal.fill("x".repeat(501));
  await startButton(page).click();
  await expectMarked(goal, /under 500 characters/);
  await goal.fill("the night sky");
  await startButton(page).click();
  await expect(outcome(page)).toContainText("Completed", { timeout: 20_000 });
  await outcome(page).getByRole("link", { name: /^Run/ }).click();
  await expect(standing(page)).toContainText("the night sky");
});

test("a run that prepared nothing says what to do next", async ({ page, owner }) => {
  expect(owner.username).toBe("commuter");
  await open(page, "/");
  await startButton(page).click();
  await expect(outcome(page)).toContainText("Nothing prepared", { timeout: 20_000 });
  await expect(outcome(page)).toHaveAttribute("data-tone", "warn");
  await outcome(page).getByRole("link", { name: "Pick your sources" }).click();
  await expect(page.getByRole("heading", { name: "Subscriptions", level: 1 })).toBeVisible();
});

test("a run that is over is gone on with, one at a time", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  const { id } = await owner.startRun(1);
  await owner.cancelRun(id);
  await open(page, `/runs/${id}`);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page).toHaveURL(new RegExp(`/runs/${id + 1}$`));
  await expect(standing(page)).toContainText(`Goes on with run ${id}`);
  await standing(page).getByRole("link", { name: `run ${id}` }).click();
  await expect(page).toHaveURL(new RegExp(`/runs/${id}$`));
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("A run is already under way.")).toBeVisible();
});

test("every message of a run is on its page", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id } = await owner.completeRun(5);
  const messages = await owner.messages(id);
  await open(page, `/runs/${id}`);
  const count = (kind: string) => messages.filter((message) => message.kind === kind).length;
  await expect(page.locator(".entry .log-text")).toHaveCount(count("text"));
  await expect(page.locator(".entry-call")).toHaveCount(count("tool_call"));
  await expect(page.locator(".entry-handoff")).toHaveCount(count("handoff"));
});

test("a run grows under one's eyes, is paused and goes on, and what was opened stays open", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/");
  await startButton(page).click();
  await expect(page.getByRole("progressbar", { name: /Progress of/ })).toBeVisible();
  await page.getByRole("link", { name: /^Run \d+$/ }).click();
  await expect(standing(page)).toContainText("Running");
  const call = turn(page, /^Turn 1: Discovery/).getByRole("listitem").filter({ hasText: "get_subscriptions()" });
  await call.getByText("Arguments and result").click();
  await page.getByRole("button", { name: "Pause the run" }).click();
  await expect(standing(page)).toContainText("Paused");
  expect((await owner.latestRun()).status).toBe("paused");
  const before = await page.locator(".entry").count();
  await page.getByRole("button", { name: "Resume the run" }).click();
  await expect(standing(page)).toContainText("Running");
  origin.letGo();
  await expect(standing(page)).toContainText(/1 ready.*Completed/s, { timeout: 20_000 });
  expect(await page.locator(".entry").count()).toBeGreaterThan(before);
  await expect(call.getByText('"subscriptions": [')).toBeVisible();
  await expect(page.getByRole("button", { name: /the run$/ })).toHaveCount(0);
});

test("a call that was refused says why without being opened", async ({ page, owner, origin }) => {
  await owner.prefer({ approval: { file_mb: 1, run_mb: 500 } });
  await owner.subscribeTo(origin.largeFeed);
  const { id } = await owner.startRun(1);
  await open(page, `/runs/${id}`);
  const request = page.getByRole("article", { name: "Approval needed" });
  await request.getByLabel("Comment").fill("Something shorter, please.");
  await request.getByRole("button", { name: "Reject" }).click();
  const call = page.getByRole("listitem").filter({ hasText: "queue_download(" }).last();
  await expect(call).toContainText(/Asked you: May I fetch.*Rejected “Something shorter, please.”/s);
  await expect(call).toContainText(/Refused The person was asked and said no.*Something shorter/s);
});

/** A test fixture whose server uses this chat model for the agents. */
const spokenBy = (open: () => Promise<Model>) =>
  test.extend<{ model: Model }>({
    model: async ({}, use) => {
      const model = await open();
      await use(model);
      await model.close();
    },
    settings: ({ model }, use) => use(model.settings),
  });

const slow = spokenBy(() => Model.slow("I look for something sh"));

slow("what an agent is writing is shown until it is said, with what it took", async ({ page, owner, model }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  const { id } = await owner.startRun(1);
  await expect(page.getByText("Discovery is writing: I look for something sh")).toBeVisible();
  const other = await page.context().newPage();
  await open(other, `/runs/${id}`);
  model.letGo("ort.");
  // A reply without a tool call has no effect, so the planner takes over the turn.
  await expect(turn(other, /^Turn 1: Discovery parrot/)).toContainText("then built-in planner");
  await expect(turn(other, /^Turn 1/)).toContainText("parrot: 1,200 tokens read, 34 written");
  await expect(other.getByText("Download is writing: I look for something sh")).toBeVisible();
  await other.getByRole("button", { name: "Cancel the run" }).click();
  await expect(standing(other)).toContainText("Cancelled by you.");
  await expect(conversation(other)).toContainText(/1 turn.*1,200 tokens read, 34 written/s);
  await expect(other.getByText("Download is writing")).toBeHidden();
});

const curious = spokenBy(() => Model.curious());

curious("a long conversation is read in parts", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id } = await owner.completeRun(1);
  await open(page, `/runs/${id}`);
  await expect(page.locator(".entry-call")).not.toHaveCount(0);
  expect(await page.locator(".entry-call").count()).toBeLessThan(60);
  await drawer(page).click();
  await page.getByRole("link", { name: "Show more" }).click();
  await expect(page.locator(".entry-call")).toHaveCount(60);
  await expect(page.getByText("No result yet")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Show more" })).toBeHidden();
  await page.reload();
  await expect(page.locator(".entry-call")).toHaveCount(60);
  await expect(page.locator(".entry-call").first()).toBeVisible();
});

test.describe("where the model is out of reach", () => {
  test.use({ settings: { SMARTCACHE_LLM_URL: "http://127.0.0.1:9/v1", SMARTCACHE_LLM_MODEL: "nobody" } });

  test("a run says that the planner spoke, and why", async ({ page, owner }) => {
    await owner.subscribe("Demo Station");
    const { id } = await owner.completeRun(1);
    await open(page, "/runs");
    const listed = page.getByRole("list", { name: "Runs" });
    await expect(listed.getByText("Degraded", { exact: true })).toBeVisible();
    await expect(listed).toContainText("The built-in planner spoke in its place.");
    await page.goto(`/runs/${id}`);
    await expect(standing(page)).toContainText(/Degraded: .+ The built-in planner spoke in its place\./);
  });
});

test("runs are filtered by how they stand", async ({ page, owner }) => {
  await open(page, "/runs");
  await expect(page.getByText("Nothing has run yet")).toBeVisible();
  await owner.completeRun(1);
  const rows = page.getByRole("list", { name: "Runs" }).locator("> li");
  await expect(rows).toHaveCount(1);
  await page.getByLabel("Status").selectOption("Failed");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByText("No run stands like that")).toBeVisible();
  await expect(page).toHaveURL(/\/runs\?status=failed/);
  await page.getByRole("link", { name: "show all runs" }).click();
  await expect(rows).toHaveCount(1);
});

test("older runs are a page away", async ({ page, owner }) => {
  for (let n = 0; n < 21; n++) await owner.completeRun(1);
  await open(page, "/runs");
  const rows = page.getByRole("list", { name: "Runs" }).locator("> li");
  await expect(rows).toHaveCount(20);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(rows).toHaveCount(1);
});

for (const path of ["/runs/999999", "/runs/nonsense"]) {
  test(`there is nothing at ${path}`, async ({ page, owner }) => {
    const response = await page.goto(path);
    await expect(page.getByRole("banner")).toContainText(owner.username);
    expect(response?.status()).toBe(404);
    await expect(page.getByText(/There is no such run|There is no page at this address/)).toBeVisible();
  });
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("what a run got is played, and its steps and its conversation are opened", async ({ page, owner }) => {
    await owner.subscribe("Demo Station");
    const { id } = await owner.completeRun(2);
    await page.goto(`/runs/${id}`);
    await expect(brought(page).first()).toContainText(/Picked: [A-Z]/);
    const title = await brought(page).first().getByRole("heading").innerText();
    await expect(play(page, title)).toHaveAttribute("href", /\/downloads\/\d+\/file\?inline=1$/);
    await expect(page.getByRole("button", { name: "Play all" })).toBeHidden();
    await step(page, "1 Found").click();
    await expect(page.getByRole("list", { name: "Candidates" }).getByRole("listitem")).toHaveCount(2);
    await drawer(page).click();
    await expect(turn(page, /^Turn 1: Discovery/)).toContainText("recommend_content(");
  });

  test("a run is read, filtered and cancelled", async ({ page, owner, origin }) => {
    await owner.subscribeTo(origin.slowFeed);
    const { id } = await owner.startRun(1);
    await expect.poll(async () => (await owner.run(id)).status).toBe("running");
    const { number } = await owner.run(id);
    await page.goto("/runs");
    await page.getByLabel("Status").selectOption("Running");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByRole("link", { name: `Run ${number}` }).click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await expect(page).toHaveURL(new RegExp(`/runs/${id}`));
    await expect(standing(page)).toContainText("Cancelled by you.");
    await expect(row(page, "Downloads of this run", "The Long Way Round")).toContainText("Cancelled");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page).toHaveURL(new RegExp(`/runs/${id + 1}$`));
    await expect(standing(page)).toContainText(`Goes on with run ${id}`);
  });
});
