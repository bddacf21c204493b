// Second factors: an authenticator app set up on the account page, and sign-in in two steps.

import { readFileSync } from "node:fs";
import { expect, password, test, type Owner, type Page, type Server } from "../fixtures";
import { expectMarked, open, signOut, submit } from "../pages";
import { code } from "../totp";

const section = (page: Page) => page.getByRole("region", { name: "Second factors" });
const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });

async function signIn(page: Page, owner: Owner): Promise<void> {
  await page.getByLabel("Username").fill(owner.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A session of this moment, because the prepared one may be older than ten minutes. */
async function signInAnew(page: Page, owner: Owner): Promise<void> {
  const data = { username: owner.username, password };
  expect((await page.request.post("/api/v1/auth/login", { data })).status()).toBe(200);
}

test("an app is set up, and sign-in asks for its code", async ({ page, owner }) => {
  await signInAnew(page, owner);
  await open(page, "/account");
  await section(page).getByRole("button", { name: "Set up an authenticator app" }).click();
  await expect(section(page).getByRole("img", { name: "QR code of the secret below" })).toBeVisible();
  const secret = await section(page).locator("p > code").innerText();
  expect(secret.replaceAll(" ", "")).toMatch(/^[A-Z2-7]{32}$/);
  await section(page).getByRole("textbox", { name: "Code" }).fill("12");
  await section(page).getByRole("button", { name: "Confirm the code" }).click();
  await expectMarked(section(page).getByRole("textbox", { name: "Code" }), /six digits/);
  // The step before, so that this one's code is left for the sign-in.
  await section(page).getByRole("textbox", { name: "Code" }).fill(code(secret, -1));
  await section(page).getByRole("button", { name: "Confirm the code" }).click();
  const codes = section(page).getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const recovery = await codes.first().innerText();
  const download = page.waitForEvent("download");
  await section(page).getByRole("link", { name: "Download as text" }).click();
  expect(readFileSync(await (await download).path(), "utf8")).toContain(recovery);
  await expect(section(page)).toContainText("10 recovery codes are left.");
  await page.reload();
  await expect(section(page)).toContainText("10 recovery codes are left.");
  await expect(codes).toHaveCount(0);
  await expect(section(page)).not.toContainText(secret);

  await signOut(page);
  await expect(heading(page, "Sign in")).toBeVisible();
  await signIn(page, owner);
  await expect(heading(page, "Enter a code")).toBeVisible();
  await page.getByRole("textbox", { name: "Code" }).fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectMarked(page.getByRole("textbox", { name: "Code" }), /This code is wrong/);
  await page.getByRole("textbox", { name: "Code" }).fill(code(secret));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("banner")).toContainText(owner.username);

  for (const is of ["right", "used"]) {
    await signOut(page);
    await expect(heading(page, "Sign in")).toBeVisible();
    await signIn(page, owner);
    await expect(heading(page, "Enter a code")).toBeVisible();
    await page.getByRole("textbox", { name: "Code" }).fill(recovery.toLowerCase());
    await page.getByRole("button", { name: "Sign in" }).click();
    if (is === "used") await expectMarked(page.getByRole("textbox", { name: "Code" }), /was used before/);
    else await expect(page.getByRole("banner")).toContainText(owner.username);
  }
  await page.getByRole("textbox", { name: "Code" }).fill(code(secret, 1));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await open(page, "/account");
  await expect(section(page)).toContainText("9 recovery codes are left.");
  await section(page).getByText("Turn off the authenticator app").click();
  await section(page).getByRole("button", { name: "Yes, turn it off" }).click();
  await expect(section(page)).toContainText("No authenticator app is set up.");
});

/** Sets an app up in a session of this moment, with the code of the step before. Returns its secret. */
async function setUp(page: Page, owner: Owner): Promise<string> {
  await signInAnew(page, owner);
  await page.goto("/account");
  await section(page).getByRole("button", { name: "Set up an authenticator app" }).click();
  const secret = await section(page).locator("p > code").innerText();
  await section(page).getByRole("textbox", { name: "Code" }).fill(code(secret, -1));
  await section(page).getByRole("button", { name: "Confirm the code" }).click();
  await expect(section(page)).toContainText("10 recovery codes are left.");
  return secret;
}

/** Lets eleven minutes pass for all sessions. */
async function letTimePass(server: Server): Promise<void> {
  await server.end();
  await server.change("UPDATE session SET created_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-11 minutes')");
  await server.start();
}

test("a sensitive action asks for the password and the code", async ({ page, owner, server }) => {
  const secret = await setUp(page, owner);
  await page.goto("about:blank");
  await letTimePass(server);
  await open(page, "/api-keys");
  await page.getByLabel("Name").fill("script");
  await page.getByRole("button", { name: "Make the key" }).click();
  const form = page.getByRole("alert").filter({ has: page.getByLabel("Current password") });
  await form.getByLabel("Current password").fill(password);
  await form.getByRole("button", { name: "Confirm" }).click();
  await expect(form).toContainText("Enter the code of your authenticator app");
  await form.getByLabel("Code of your authenticator app").fill(code(secret));
  await form.getByLabel("Current password").fill(password);
  await form.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Confirmed for ten minutes. Repeat the action now.")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the page of a step-up asks for the code, too", async ({ page, owner, server }) => {
    const secret = await setUp(page, owner);
    await letTimePass(server);
    await page.goto("/account/step-up?next=/preferences");
    await page.getByLabel("Current password").fill(password);
    await submit(page, page.getByRole("button", { name: "Confirm" }));
    await expect(page.getByText("Enter the code of your authenticator app")).toBeVisible();
    await page.getByLabel("Current password").fill(password);
    await page.getByLabel("Code of your authenticator app").fill(code(secret));
    await submit(page, page.getByRole("button", { name: "Confirm" }));
    await expect(heading(page, "Preferences")).toBeVisible();
  });

  test("an app is set up, and signs in", async ({ page, owner, context }) => {
    await signInAnew(page, owner);
    await page.goto("/account");
    await submit(page, section(page).getByRole("button", { name: "Set up an authenticator app" }));
    const secret = await section(page).locator("p > code").innerText();
    await section(page).getByRole("textbox", { name: "Code" }).fill(code(secret, -1));
    await submit(page, section(page).getByRole("button", { name: "Confirm the code" }));
    const codes = section(page).getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
    await expect(codes).toHaveCount(10);
    await context.clearCookies();
    await page.goto("/login?next=/preferences");
    await signIn(page, owner);
    await expect(heading(page, "Enter a code")).toBeVisible();
    await page.getByRole("textbox", { name: "Code" }).fill(code(secret));
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(heading(page, "Preferences")).toBeVisible();
  });
});
