// The audit log of administrators: what was done, by whom, and refusals.

import { request } from "@playwright/test";
import { readFileSync } from "node:fs";
import { expect, password, test } from "../fixtures";
import { open, row } from "../pages";

test("an administrator sees a sign-in, a refused one and a change of a user", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  const ada = await request.newContext({ baseURL: server.url });
  expect((await ada.post("/api/v1/auth/register", { data: { username: "ada", password } })).status()).toBe(201);
  const wrong = { username: "ada", password: "not-the-password" };
  expect((await ada.post("/api/v1/auth/login", { data: wrong })).status()).toBe(401);
  expect((await ada.get("/api/v1/admin/audit")).status()).toBe(403);
  await ada.dispose();

  await open(page, "/admin/users");
  await row(page, "Users", "ada").getByText("Disable", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, disable ada" }).click();
  await expect(row(page, "Users", "ada")).toContainText("Disabled");
  await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Audit log" }).click();
  await expect(row(page, "Audit log", "User changed: ada")).toContainText(`by ${owner.username}`);
  await expect(row(page, "Audit log", "Access without the right")).toContainText("Refused");
  await expect(row(page, "Audit log", "Access without the right")).toContainText("route: GET /api/v1/admin/audit");
  await page.getByLabel("Outcome").selectOption("Refused");
  await page.getByLabel("Action").selectOption("Sign-in");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(row(page, "Audit log", "Sign-in: ada")).toContainText("by a client that was not signed in");
  await expect(page.getByRole("list", { name: "Audit log" }).getByRole("listitem")).toHaveCount(1);
  await page.getByLabel("User name").fill("nobody");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText("No such entries")).toBeVisible();
});

test("the log is exported as it is narrowed, and lists are told in words", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await owner.makeKey("script", ["read", "listen"]);
  await open(page, "/admin/audit?action=api_key_add");
  await expect(row(page, "Audit log", "API key made")).toContainText("scopes: read, listen");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
  expect(download.suggestedFilename()).toBe("smartcache-audit.jsonl");
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).action)).toEqual(["api_key_add"]);
  await open(page, "/admin/audit");
  await expect(row(page, "Audit log", "Audit log exported")).toContainText("action: api_key_add");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the log is read and narrowed, and other users are told why not", async ({ page, owner, server }) => {
    await page.goto("/admin/audit");
    await expect(page.getByText("This is for administrators of this server.")).toBeVisible();
    await server.run("user", "make-admin", owner.username);
    await page.goto("/admin/audit");
    await expect(row(page, "Audit log", `User changed: ${owner.username}`)).toContainText("by a command on the server");
    await page.getByLabel("Action").selectOption("Sign-up");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByRole("list", { name: "Audit log" }).getByRole("listitem")).toHaveCount(1);
  });
});
