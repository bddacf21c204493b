// Registration, sign-in, sign-out, and access to pages.

import { expect, password, test, type Page } from "../fixtures";
import { expectMarked, signOut } from "../pages";

async function signIn(page: Page, username: string, secret: string): Promise<void> {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

for (const path of ["/", "/subscriptions?q=demo", "/downloads?status=ready", "/preferences"]) {
  test(`${path} sends a stranger to sign in, and back`, async ({ page, owner, context, server }) => {
    await context.clearCookies();
    await page.goto(path);
    await expect(page).toHaveURL(`${server.url}/login?next=${encodeURIComponent(path)}`);
    await signIn(page, owner.username, password);
    await expect(page).toHaveURL(server.url + path);
  });
}

test("a wrong password is told at its field, and the name is kept", async ({ page, owner, context }) => {
  await context.clearCookies();
  await page.goto("/login");
  await signIn(page, owner.username, "not-the-password");
  await expectMarked(page.getByLabel("Password"), /do not fit together/);
  await expect(page.getByLabel("Username")).toHaveValue(owner.username);
});

test("a weak password is refused, and everything else that was typed is kept", async ({ page }) => {
  await page.goto("/register");
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Password").fill("password12");
  await page.getByLabel("Topics").fill("jazz, night trains");
  await page.getByLabel("Items a day").fill("7");
  await page.getByLabel("Storage in MB").fill("321");
  await page.getByRole("button", { name: "Create account" }).click();
  await expectMarked(page.getByLabel("Password"), /guess/);
  await expect(page.getByLabel("Password")).toBeFocused();
  await expect(page.getByLabel("Username")).toHaveValue("ada");
  await expect(page.getByLabel("Topics")).toHaveValue("jazz, night trains");
  await expect(page.getByLabel("Items a day")).toHaveValue("7");
  await expect(page.getByLabel("Storage in MB")).toHaveValue("321");
});

test("a name that is taken is told at its field", async ({ page, owner, context }) => {
  await context.clearCookies();
  await page.goto("/register");
  await page.getByLabel("Username").fill(owner.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expectMarked(page.getByLabel("Username"), /taken/);
});

test("signing out ends the session", async ({ page, owner, context }) => {
  const before = await context.cookies();
  await page.goto("/");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await signOut(page);
  await expect(page).toHaveURL(/\/login/);
  await context.addCookies(before);
  await page.goto("/downloads");
  await expect(page).toHaveURL(/\/login\?next=/);
});

for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example"]) {
  test(`signing in does not lead to ${next}`, async ({ page, owner, context, server }) => {
    await context.clearCookies();
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await signIn(page, owner.username, password);
    await expect(page).toHaveURL(`${server.url}/`);
  });
}

test("whoever is signed in does not see the sign-in page", async ({ page, owner, server }) => {
  await page.goto("/login?next=/downloads");
  await expect(page).toHaveURL(`${server.url}/downloads`);
  await expect(page.getByRole("banner")).toContainText(owner.username);
});
