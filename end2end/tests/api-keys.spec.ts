// API keys: made on their page, used by a program without cookies, and revoked.

import { request } from "@playwright/test";
import { expect, password, test, type Owner, type Page, type Server } from "../fixtures";
import { barriers } from "../axe";
import { open, row, submit } from "../pages";

const field = (page: Page) => page.getByRole("textbox", { name: "New API key" });

/** Status of a request with the key alone. */
async function use(server: Server, key: string): Promise<number> {
  const program = await request.newContext({ baseURL: server.url, extraHTTPHeaders: { authorization: `Bearer ${key}` } });
  const status = (await program.get("/api/v1/items")).status();
  await program.dispose();
  return status;
}

/** Lets an hour pass since the user signed in. */
async function passAnHour(server: Server, owner: Owner): Promise<void> {
  await server.kill();
  await server.change(
    `UPDATE session SET created_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-1 hour')
     WHERE user_id = (SELECT id FROM account WHERE username = '${owner.username}')`,
  );
  await server.start();
}

test("a key is made, copied, used and revoked", async ({ page, owner, server }) => {
  await open(page, "/account");
  await page.getByRole("link", { name: "Manage API keys" }).click();
  await expect(page.getByText("No keys yet")).toBeVisible();
  await expect(page.getByLabel(/^Admin:/), owner.username).toHaveCount(0);
  await page.getByLabel("Name").fill("backup script");
  await page.getByRole("button", { name: "Make the key" }).click();
  await expect(field(page)).toHaveValue(/^smc_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/);
  const key = await field(page).inputValue();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.getByRole("button", { name: /^(Copied|Selected: copy it)$/ })).toBeVisible();
  await expect(row(page, "Your keys", "backup script")).toContainText("Not used yet");
  expect(await use(server, key)).toBe(200);

  await page.reload();
  await expect(row(page, "Your keys", "backup script")).toContainText("Used");
  expect(await page.content(), "the secret was shown once").not.toContain(key);
  await row(page, "Your keys", "backup script").getByText("Revoke", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, revoke it: backup script" }).click();
  await expect(row(page, "Your keys", "backup script")).toContainText("Revoked");
  expect(await use(server, key)).toBe(401);
});

test("an hour after the sign-in the password is asked for again, and what was typed stays", async ({ page, owner, server }) => {
  await passAnHour(server, owner);
  await open(page, "/api-keys");
  await page.getByLabel("Name").fill("backup script");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByLabel("Current password").fill("not-the-password");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText(/not the password that you sign in with/)).toBeVisible();
  await expect(page.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
  expect(await barriers(page)).toEqual([]);
  await page.getByLabel("Current password").fill(password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Confirmed for ten minutes. Repeat the action now.")).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("backup script");
  await page.getByRole("button", { name: "Make the key" }).click();
  await expect(field(page)).toHaveValue(/^smc_/);
  await expect(page.getByText("Confirmed for ten minutes.")).toHaveCount(0);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a key is shown once and revoked", async ({ page, owner, server }) => {
    await page.goto("/api-keys");
    await expect(page.getByRole("banner")).toContainText(owner.username);
    await page.getByLabel("Read:", { exact: false }).uncheck();
    await page.getByLabel("Name").fill("reader");
    await submit(page, page.getByRole("button", { name: "Make the key" }));
    await expect(page.getByText("Choose at least one thing that the key may do.")).toBeVisible();
    await expect(page.getByLabel("Name")).toHaveValue("reader");
    await page.getByLabel("Read:", { exact: false }).check();
    await submit(page, page.getByRole("button", { name: "Make the key" }));
    const key = await field(page).inputValue();
    expect(await use(server, key)).toBe(200);
    await page.reload();
    await expect(field(page)).toHaveCount(0);
    await row(page, "Your keys", "reader").getByText("Revoke", { exact: true }).click();
    await submit(page, page.getByRole("button", { name: "Yes, revoke it: reader" }));
    expect(await use(server, key)).toBe(401);
  });
});
