// Pictures of every page for docs/screens, with a contact sheet: `make screenshots`. Skipped in `make test`.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepAll } from "../device";
import { expect, password, test, type Page } from "../fixtures";
import { badge, menu, open, play, player, soon } from "../pages";

const directory = join(import.meta.dirname, "../../docs/screens");
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;

test.skip(!process.env.SCREENS, "make screenshots takes them");
test.describe.configure({ mode: "serial" });

/** Takes a page on a phone and a desktop, light and dark. */
async function take(page: Page, name: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}.jpg`), type: "jpeg", quality: 72, animations: "disabled" });
    }
  }
}

test("pages of a stranger", async ({ page, context }) => {
  rmSync(directory, { recursive: true, force: true });
  await context.clearCookies();
  for (const name of ["login", "register"]) {
    await page.goto(`/${name}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await take(page, name);
  }
  await page.request.post("/api/v1/auth/register", { data: { username: "ada", password } });
  await page.goto("/");
  for (const [name, button] of [["topics", "Continue"], ["sources", /^Follow/], ["commute", "Skip for now"]] as const) {
    await expect(page.getByRole("button", { name: button })).toBeVisible();
    await take(page, `first-steps-${name}`);
    await page.getByRole("button", { name: button }).click();
  }
});

test("pages of a new user", async ({ page, owner }) => {
  expect(owner.username).toBe("commuter");
  for (const [name, path] of [["home", "/"], ["library", "/downloads"], ["items", "/items"], ["runs", "/runs"]] as const) {
    await open(page, path);
    await take(page, `${name}-empty`);
  }
});

test("pages of a user who has been here for a while", async ({ page, owner, server }) => {
  test.slow();
  await server.run("user", "make-admin", owner.username);
  for (const name of ["Demo Station", "Demo Station: Reading Room", "Demo Station: Moving Pictures"]) await owner.subscribe(name);
  await owner.leave("Morning train", "07:40", "08:35");
  await owner.collect("Trip to the sea");
  const run = await owner.completeRun(5);
  const item = await owner.item("Look Up Tonight");
  const shared = await owner.share({ item_id: item });
  const ntfy = { kind: "ntfy", target: "https://ntfy.example.org/commute-7f3a", name: "Phone" };
  expect((await page.request.post("/api/v1/notifications/channels", { data: ntfy })).status()).toBe(201);
  const key = { name: "Home automation", scopes: ["read", "listen"] };
  expect((await page.request.post("/api/v1/api-keys", { data: key })).status()).toBe(201);
  const views: [name: string, path: string][] = [
    ["home", "/"],
    ["library", "/downloads"],
    ["items", "/items"],
    ["item", `/items/${item}`],
    ["subscriptions", "/subscriptions"],
    ["sources", "/sources"],
    ["runs", "/runs"],
    ["run", `/runs/${run.id}`],
    ["approvals", "/approvals"],
    ["collections", "/collections"],
    ["agents", "/agents"],
    ["history", "/history"],
    ["tasks", "/tasks"],
    ["notifications", "/notifications"],
    ["notification-settings", "/notifications/settings"],
    ["devices", "/devices"],
    ["api-keys", "/api-keys"],
    ["users", "/admin/users"],
    ["invites", "/admin/invites"],
    ["announcements", "/admin/announcements"],
    ["admin-sources", "/admin/sources?followed=yes"],
    ["admin-jobs", "/admin/jobs"],
    ["bundles", "/admin/bundles"],
    ["audit", "/admin/audit"],
    ["system", "/admin/system"],
    ["step-up", "/account/step-up"],
    ["limits", "/admin/limits"],
    ["shares", "/shares"],
    ["preferences", "/preferences"],
    ["account", "/account"],
  ];
  for (const [name, path] of views) {
    await page.setViewportSize(sizes.desktop);
    await open(page, path);
    await take(page, name);
  }
  await page.goto(shared);
  await take(page, "shared-item");
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await expect(player(page)).toContainText("Look Up Tonight");
  await take(page, "player");
  await player(page).getByRole("button", { name: /Open the full player/ }).click();
  await take(page, "player-open");
  await page.keyboard.press("Escape");
  await page.setViewportSize(sizes.phone);
  await page.getByRole("navigation", { name: "Pages" }).getByText("More").click();
  await take(page, "menu");
  await expect(badge(page)).toHaveText("Connected");
});

test("this device, with and without the server", async ({ page, owner, server }) => {
  test.slow();
  for (const name of ["Demo Station", "Demo Station: Reading Room", "Demo Station: Moving Pictures"]) await owner.subscribe(name);
  const items = (await (await page.request.get("/api/v1/items?limit=6")).json()).data as { title: string }[];
  const titles = ["Look Up Tonight", ...items.map((item) => item.title).filter((title) => title !== "Look Up Tonight").slice(0, 3)];
  for (const title of titles) await owner.queueUntil("ready", title);
  await keepAll(page, ...titles);
  await take(page, "device");
  await owner.leave("Morning train", soon(180), soon(185));
  const [device] = await owner.devices();
  await expect.poll(async () => (await owner.plans(device!.id))[0]?.state, { timeout: 30_000 }).toBe("ready");
  for (const [name, path] of [["home-prepared", "/"], ["devices-prepared", "/devices"]] as const) {
    await open(page, path);
    await take(page, name);
  }
  await page.goto("/downloads");
  await expect(badge(page)).toHaveText("Connected");
  await menu(page, "Look Up Tonight");
  await take(page, "library-kept");
  await server.kill();
  await page.goto("/");
  await play(page, "Look Up Tonight").click();
  await expect(player(page)).toContainText("Look Up Tonight");
  await take(page, "offline");
});

test.describe("of a site", () => {
  test.use({ settings: { SMARTCACHE_ROLE: "site", SMARTCACHE_NODE: "school" } });

  test("requests, and the exchange of bundles", async ({ page, owner, server }) => {
    await server.run("user", "make-admin", owner.username);
    await server.run("bundle", "keys", "init", "school");
    for (const query of ["tide tables", "bicycle repair"]) {
      const asked = { kind: "search", payload: { query } };
      expect((await page.request.post("/api/v1/requests", { data: asked })).status()).toBe(202);
    }
    for (const [name, path] of [["requests", "/requests"], ["bundles-site", "/admin/bundles"]] as const) {
      await page.setViewportSize(sizes.desktop);
      await open(page, path);
      await take(page, name);
    }
  });
});

test("all of them on one sheet", async ({ page }) => {
  const names = [...new Set(readdirSync(directory).map((file) => file.replace(/-(phone|desktop)-(light|dark)\.jpg$/, "")))].sort();
  const picture = (name: string, look: string) =>
    `<img src="data:image/jpeg;base64,${readFileSync(join(directory, `${name}-${look}.jpg`)).toString("base64")}" alt="">`;
  const looks = ["phone-light", "phone-dark", "desktop-light", "desktop-dark"];
  const rows = names.map((name) => `<figure><figcaption>${name}</figcaption><div>${looks.map((look) => picture(name, look)).join("")}</div></figure>`);
  await page.setViewportSize({ width: 1600, height: 1000 });
  await page.setContent(`<style>body{margin:16px;background:#888;font:16px sans-serif;columns:2;column-gap:16px}
    figure{margin:0 0 16px;break-inside:avoid}div{display:flex;gap:6px;height:200px}img{height:200px}</style>${rows.join("")}`);
  writeFileSync(join(directory, "contact-sheet.jpg"), await page.screenshot({ type: "jpeg", quality: 70, fullPage: true }));
});
