// Request limits: what counts, warnings, refusals, and how an administrator sets and resets them.

import { request, type APIRequestContext } from "@playwright/test";
import { expect, Owner, test } from "../fixtures";
import { neighbour, notes, open, outcome, row, startButton, submit } from "../pages";

/** Asks until a request is refused. Returns how many were served. */
async function exhaust(http: APIRequestContext): Promise<number> {
  for (let served = 0; served < 100; served++) {
    const answer = await http.get("/api/v1/items");
    if (answer.status() === 429) return served;
    expect(answer.status()).toBe(200);
  }
  throw new Error("nothing was refused");
}

test.describe("with little room for users", () => {
  test.use({
    settings: { SMARTCACHE_REQUEST_LIMITS: "off,user=5/1000/1000", SMARTCACHE_REQUEST_HARD_PERCENT: "200" },
  });

  test("a program that asks too often is warned of, refused, and served again after a reset", async ({ page, owner, server, browser }) => {
    await server.run("user", "make-admin", owner.username);
    const other = await neighbour(browser, server, "ada", "/account");
    await exhaust(other.request);
    await expect(notes(other)).toContainText("Programs sent more than 5 requests a minute in your name. More than 10 are refused.");
    await other.reload();
    await expect(other.getByRole("region", { name: "Requests of programs" })).toContainText("of 5 a minute");
    await expect(other.getByRole("region", { name: "Requests of programs" })).toContainText(/Above the limit|Refused for now/);

    await open(page, "/account");
    await page.getByRole("link", { name: "Request limits" }).click();
    await expect(row(page, "Request limits", "ada")).toContainText(/Above the limit|Refused for now/);
    await page.getByRole("button", { name: "Reset counters: ada" }).click();
    await expect(notes(page)).toContainText("Requests count from now on.");
    await expect(row(page, "Request limits", "ada")).toContainText("0 of 5 a minute");
    expect((await other.request.get("/api/v1/items")).status()).toBe(200);

    await row(page, "Request limits", "ada").getByLabel("Per minute").fill("50");
    await page.getByRole("button", { name: "Save the limits of ada" }).click();
    await expect(row(page, "Request limits", "ada")).toContainText("of 50 a minute");
    await expect(row(page, "Request limits", "ada")).toContainText("Own limits");
    const policy = (await other.request.get("/api/v1/items")).headers()["ratelimit-policy"];
    expect(policy).toContain('"minute";q=50;w=60');
    await page.getByRole("button", { name: "Limits of the role: ada" }).click();
    await expect(row(page, "Request limits", "ada")).toContainText("of 5 a minute");
    await expect(row(page, "Request limits", owner.username)).toContainText("Not limited");
    await other.context().close();
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("limits are set and counters reset", async ({ page, owner, server }) => {
      await server.run("user", "make-admin", owner.username);
      const http = await request.newContext({ baseURL: server.url });
      await new Owner("ada", http).register({});
      await exhaust(http);
      await page.goto("/admin/limits?q=ada");
      await submit(page, page.getByRole("button", { name: "Reset counters: ada" }));
      await expect(row(page, "Request limits", "ada")).toContainText("0 of 5 a minute");
      await row(page, "Request limits", "ada").getByLabel("Per hour").fill("77");
      await submit(page, page.getByRole("button", { name: "Save the limits of ada" }));
      await expect(row(page, "Request limits", "ada")).toContainText("of 77 this hour");
      await http.dispose();
    });
  });
});

test.describe("with the limits of everybody", () => {
  test.use({ settings: { SMARTCACHE_REQUEST_LIMITS: "120/2000/20000" } });

  test("three pages with a run and its downloads count no request", async ({ page, owner, context }) => {
    await owner.subscribe("Demo Station");
    const counted = async () => (await (await context.request.get("/api/v1/account/limits")).json()).windows[2].used;
    const before = await counted();
    const others = [await context.newPage(), await context.newPage()] as const;
    await open(others[0], "/downloads");
    await open(others[1], "/items");
    await open(page, "/");
    await startButton(page).click();
    await expect(outcome(page)).toContainText("Completed", { timeout: 20_000 });
    await others[0].reload();
    expect(await counted()).toBe(before);
  });

  test("the page is for administrators", async ({ page, owner }) => {
    await page.goto("/admin/limits");
    await expect(page.getByText("This is for administrators of this server."), owner.username).toBeVisible();
  });
});
