// A listener in a browser: what the guardian follows without explicit items, and runs that the guardian approves.

import { expect, test, type Owner, type Page } from "../fixtures";
import { neighbour, open, row, startButton } from "../pages";

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });
const requests = (page: Page) => page.getByRole("region", { name: "Runs of your listeners" });

/** Makes a user a listener of the owner. */
async function entrust(page: Page, owner: Owner, name: string): Promise<void> {
  await open(page, `/admin/users?q=${name}`);
  await row(page, "Users", name).getByLabel("Role", { exact: true }).selectOption("Listener");
  await row(page, "Users", name).getByLabel("Guardian of a listener").selectOption(owner.username);
  await page.getByRole("button", { name: `Save the role of ${name}` }).click();
  await expect(row(page, "Users", name)).toContainText(`Guardian: ${owner.username}`);
}

test("a listener sees no explicit items, by list or by address", async ({ page, owner, origin, server, browser }) => {
  await server.run("user", "make-admin", owner.username);
  await owner.subscribeTo(origin.richFeed);
  await owner.subscribeTo(origin.largeFeed);
  const explicit = await owner.item("How Tunnels Sing");
  const child = await neighbour(browser, server, "child", "/preferences");
  await entrust(page, owner, "child");
  await open(page, "/items?q=Tunnels");
  await expect(page.getByRole("main")).toContainText("How Tunnels Sing");
  await child.goto("/items");
  await expect(child.getByRole("main")).toContainText("The Grand Tour");
  await expect(child.getByRole("main")).not.toContainText("How Tunnels Sing");
  await child.goto("/items?q=Tunnels");
  await expect(heading(child, "Items")).toBeVisible();
  await expect(child.getByRole("main")).not.toContainText("How Tunnels Sing");
  expect((await child.goto(`/items/${explicit}`))?.status()).toBe(404);
  await child.context().close();
});

test("the run of a listener waits for the guardian", async ({ page, owner, origin, server, browser }) => {
  await server.run("user", "make-admin", owner.username);
  await owner.prefer({ approval: { file_mb: 50, run_mb: 500 } });
  await owner.subscribeTo(origin.largeFeed);
  const child = await neighbour(browser, server, "child", "/preferences");
  await entrust(page, owner, "child");
  await open(page, "/approvals");
  await expect(requests(page)).toHaveCount(0);
  await open(child, "/");
  await startButton(child).click();
  await expect(child.getByText("Your guardian is asked. The agents begin when they agree.").first()).toBeVisible();
  const card = page.getByRole("article", { name: "child wants to start a run" });
  await expect(card).toContainText("5 items at most");
  await page.getByRole("button", { name: "Approve the run of child" }).click();
  await expect(row(page, "Runs of your listeners", "child")).toContainText("Approved");
  await expect(child.getByText("Your guardian agreed. The agents are on their way.").first()).toBeVisible();
  await child.context().close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the guardian says no", async ({ page, owner, server, browser }) => {
    await server.run("user", "make-admin", owner.username);
    const child = await browser.newContext({ baseURL: server.url });
    const data = { username: "child", password: "lantern-quiet-orbit-77" };
    const { user } = await (await child.request.post("/api/v1/auth/register", { data })).json();
    const me = await (await page.request.get("/api/v1/auth/me")).json();
    const change = { role: "listener", guardian_id: me.user.id };
    expect((await page.request.patch(`/api/v1/admin/users/${user.id}`, { data: change })).status()).toBe(200);
    const started = await child.request.post("/api/v1/runs", { data: { goal: "Trains", max_items: 2 } });
    const run = await started.json();
    expect(run.status).toBe("waiting_approval");
    await page.goto("/approvals");
    await expect(requests(page)).toContainText("“Trains”, 2 items at most");
    await page.getByRole("button", { name: "Reject the run of child" }).click();
    await expect(row(page, "Runs of your listeners", "child")).toContainText("Rejected");
    expect((await (await child.request.get(`/api/v1/runs/${run.id}`)).json()).status).toBe("cancelled");
    await child.close();
  });
});
