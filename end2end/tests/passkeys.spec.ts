// Passkeys, with Chromium's virtual authenticator. Browsers offer them for names alone, so the pages are at localhost.

import { expect, password, test, type Page, type Server } from "../fixtures";
import { open, row, signOut } from "../pages";

test.use({ settings: { SMARTCACHE_PUBLIC_URL: "http://localhost:{port}" } });

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });
const at = (server: Server, path: string) => `http://localhost:${new URL(server.url).port}${path}`;

async function typePassword(page: Page): Promise<void> {
  await page.getByLabel("Username").fill("commuter");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** An authenticator of the browser, whose user is verified. */
async function authenticator(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

test("a passkey confirms a sensitive action without the password", async ({ page, server }) => {
  await authenticator(page);
  await page.goto(at(server, "/login?next=/account"));
  await typePassword(page);
  await page.getByLabel("Name of the passkey").fill("My laptop");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(row(page, "Passkeys", "My laptop")).toContainText("Not used yet");
  await page.goto(at(server, "/account/step-up?next=/preferences"));
  await expect(page.getByLabel("Code of your authenticator app")).toBeVisible();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(heading(page, "Preferences")).toBeVisible();
});

test.describe("at an address of numbers", () => {
  test.use({ settings: {} });

  test("no passkeys are offered", async ({ page, server }) => {
    await page.goto(`${server.url}/login`);
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Use a passkey" })).toHaveCount(0);
  });
});

test("a passkey is added, signs in, and is removed", async ({ page, server }) => {
  await authenticator(page);
  await page.goto(at(server, "/login?next=/account"));
  await typePassword(page);
  await expect(heading(page, "Account")).toBeVisible();
  await page.getByLabel("Name of the passkey").fill("My laptop");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(row(page, "Passkeys", "My laptop")).toContainText("Not used yet");
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const recovery = await codes.first().innerText();

  await signOut(page);
  await expect(heading(page, "Sign in")).toBeVisible();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByRole("banner")).toContainText("commuter");

  await signOut(page);
  await expect(heading(page, "Sign in")).toBeVisible();
  await typePassword(page);
  await expect(heading(page, "Enter a code")).toBeVisible();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByRole("banner")).toContainText("commuter");

  await open(page, at(server, "/account"));
  await expect(row(page, "Passkeys", "My laptop")).toContainText("Used");
  await row(page, "Passkeys", "My laptop").getByText("Rename").click();
  await row(page, "Passkeys", "My laptop").getByLabel("Name").fill("Old laptop");
  await row(page, "Passkeys", "My laptop").getByRole("button", { name: "Save" }).click();
  await row(page, "Passkeys", "Old laptop").getByLabel("Remove Old laptop").click();
  await row(page, "Passkeys", "Old laptop").getByRole("button", { name: "Yes, remove it" }).click();
  await expect(row(page, "Passkeys", "Old laptop")).toHaveCount(0);

  await signOut(page);
  await expect(heading(page, "Sign in")).toBeVisible();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "This passkey is not known here" })).toBeVisible();
  await typePassword(page);
  await expect(page.getByRole("banner")).toContainText("commuter");
  expect(recovery).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/);
});
