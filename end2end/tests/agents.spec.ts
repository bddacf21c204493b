// Agents: their figures, their instructions and who may change them, and the stop of all runs.

import { expect, test, type Page } from "../fixtures";
import { expectMarked, notes, open } from "../pages";

const card = (page: Page, name: string) =>
  page.getByRole("list", { name: "Agents", exact: true }).locator("> li").filter({ has: page.getByRole("heading", { name, exact: true }) });
const versions = (page: Page) => page.getByRole("list", { name: "Versions" }).locator("> li");
const instructions = (page: Page) => page.getByLabel("Instructions");
const save = (page: Page) => page.getByRole("button", { name: "Save as a new version" }).click();

test("the team has figures after a run, and none before", async ({ page, owner }) => {
  await open(page, "/runs");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Agents" }).click();
  await expect(page).toHaveTitle("Agents · SmartCache");
  await expect(card(page, "Discovery")).toContainText(/Idle.*built-in planner.*As they come with the program.*None so far/s);
  await expect(card(page, "Discovery")).not.toContainText("Success");
  await owner.subscribe("Demo Station");
  await owner.completeRun(2);
  await expect(card(page, "Discovery")).toContainText(/\d+ turns? in 1 run.*\d+ of \d+ calls? did what they were asked for/s);
  await expect(card(page, "Download")).toContainText("queue_download");
  await card(page, "Download").getByText("What each does").click();
  await expect(card(page, "Download").getByRole("definition").last()).toBeVisible();
  await card(page, "Download").getByRole("link", { name: "Download" }).click();
  await expect(page.getByRole("heading", { name: "Download", level: 1 })).toBeVisible();
  await expect(page.getByRole("region", { name: "What it is told" }).locator("pre")).not.toBeEmpty();
});

test("who has the word is told, and where", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/agents");
  const { id } = await owner.startRun(1);
  const busy = page.getByRole("list", { name: "Agents", exact: true }).getByRole("link", { name: `run ${id}` });
  await expect(busy).toHaveCount(1);
  await owner.cancelRun(id);
  await expect(busy).toHaveCount(0);
});

test("an administrator changes what an agent is told", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await open(page, "/agents/discovery");
  await expect(versions(page)).toHaveCount(1);
  const brought = await instructions(page).inputValue();
  await instructions(page).fill("Pick what is short.\nNothing else.");
  await page.getByLabel("Temperature").fill("0.25");
  await save(page);
  await expect(notes(page)).toContainText("Discovery is told version 1 now.");
  await expect(versions(page).first()).toContainText(/Version 1.*In use.*Written by commuter.*Temperature: 0.25/s);
  await expect(page.getByRole("region", { name: "What it is told" })).toContainText("Pick what is short.");
  await page.getByLabel("Temperature").fill("");
  await instructions(page).fill("");
  await save(page);
  await expect(versions(page)).toHaveCount(3);
  await expect(instructions(page)).toHaveValue(brought);
  await versions(page).filter({ hasText: "Version 1" }).getByText("Read it").click();
  await expect(versions(page).getByText("Pick what is short.")).toBeVisible();
  await open(page, "/agents");
  await expect(card(page, "Discovery")).toContainText("Version 2");
});

test("what makes no sense is told at its field, and what was typed is kept", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await open(page, "/agents/summarizer");
  await instructions(page).fill("x".repeat(4_001));
  await page.getByLabel("Temperature").fill("warm");
  await save(page);
  await expectMarked(instructions(page), /under 4000 characters/);
  await expectMarked(page.getByLabel("Temperature"), /between 0 and 2/);
  await expect(page.getByLabel("Temperature")).toHaveValue("warm");
  await expect(versions(page)).toHaveCount(1);
});

test("who was slower sees the other version before replacing it", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await open(page, "/agents/discovery");
  const other = await page.context().newPage();
  await open(other, "/agents/discovery");
  await instructions(other).fill("Be quick.");
  await save(other);
  await expect(versions(other)).toHaveCount(2);
  await instructions(page).fill("Be slow.");
  await save(page);
  await expect(page.getByRole("alert").filter({ hasText: "Somebody has changed this agent meanwhile." })).toBeVisible();
  await expect(page.getByRole("region", { name: "What it is told" })).toContainText("Be quick.");
  await expect(instructions(page)).toHaveValue("Be slow.");
  await save(page);
  await expect(versions(page)).toHaveCount(3);
  await expect(page.getByRole("region", { name: "What it is told" })).toContainText("Be slow.");
});

test("who is no administrator changes nothing and stops nobody", async ({ page, owner }) => {
  await open(page, "/agents/discovery");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await expect(page.getByText("Only an administrator of this server can change what agents are told.")).toBeVisible();
  await expect(instructions(page)).toHaveCount(0);
  await page.getByRole("link", { name: "All agents" }).click();
  await expect(card(page, "Discovery")).toBeVisible();
  await expect(page.getByText("Stop all runs")).toHaveCount(0);
});

test("there is no agent of another name", async ({ page, owner }) => {
  const response = await page.goto("/agents/nobody");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  expect(response?.status()).toBe(404);
  await expect(page.getByText("There is no page at this address")).toBeVisible();
});

const stopsAll = async (page: Page) => {
  await page.getByText("Stop all runs", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, stop all runs" }).click();
  await expect(page.getByText("1 run was stopped.")).toBeVisible();
};

test("an administrator stops the runs of all", async ({ page, owner, origin, server }) => {
  await server.run("user", "make-admin", owner.username);
  await owner.subscribeTo(origin.slowFeed);
  const { id } = await owner.startRun(1);
  await open(page, "/agents");
  await stopsAll(page);
  expect((await owner.run(id)).status).toBe("cancelled");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("instructions are changed and runs are stopped", async ({ page, owner, origin, server }) => {
    await server.run("user", "make-admin", owner.username);
    await page.goto("/agents/discovery");
    await page.getByLabel("Temperature").fill("3");
    await instructions(page).fill("Pick what is short.\nNothing else.");
    await save(page);
    await expectMarked(page.getByLabel("Temperature"), /between 0 and 2/);
    await expect(instructions(page)).toHaveValue("Pick what is short.\nNothing else.");
    await page.getByLabel("Temperature").fill("");
    await save(page);
    await expect(versions(page).first()).toContainText(/Version 1.*In use/s);
    await owner.subscribeTo(origin.slowFeed);
    await owner.startRun(1);
    await page.goto("/agents");
    await stopsAll(page);
  });
});
