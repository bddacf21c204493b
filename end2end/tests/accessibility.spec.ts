// Accessibility of every page: no serious violation in any theme or size, keyboard use, no overflow.

import { barriers, expectNoBarriers, showSkipped } from "../axe";
import { expect, test, type Origin, type Owner, type Page, type Server } from "../fixtures";
import { badge, lines, outcome, row, soon, startButton } from "../pages";

interface View {
  name: string;
  path: string;
  /** Prepares the page's data for a signed-in user; without it the visitor is signed out. */
  prepare?: (owner: Owner, origin: Origin, server: Server) => Promise<unknown>;
  heading: string;
}

const nothing = async () => {};

const asAdministrator = async (owner: Owner, _: Origin, server: Server): Promise<void> => {
  await server.run("user", "make-admin", owner.username);
};

/** Starts a run that waits for approval. */
async function asks(owner: Owner, origin: Origin): Promise<void> {
  await owner.prefer({ approval: { file_mb: 1, run_mb: 500 } });
  await owner.subscribeTo(origin.largeFeed);
  const { id } = await owner.startRun(1);
  await expect.poll(async () => (await owner.run(id)).status).toBe("waiting_approval");
}

/** Has one download ready and one failed. */
async function oneReadyOneFailed(owner: Owner, origin: Origin): Promise<void> {
  await owner.subscribe("Demo Station");
  await owner.subscribeTo(origin.brokenFeed);
  await owner.queueUntil("ready", "Station Call");
  await owner.queueUntil("failed", "The Missing Suitcase");
}

const views: View[] = [
  { name: "sign-in", path: "/login", heading: "Sign in" },
  { name: "registration", path: "/register", heading: "Create an account" },
  { name: "missing page", path: "/nowhere", heading: "Page not found" },
  { name: "empty dashboard", path: "/", heading: "Home", prepare: nothing },
  {
    name: "dashboard after a run",
    path: "/",
    heading: "Home",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station");
      await owner.completeRun(2);
    },
  },
  {
    name: "dashboard with a request",
    path: "/",
    heading: "Home",
    prepare: asks,
  },
  { name: "this device", path: "/device", heading: "This device", prepare: nothing },
  { name: "empty list of runs", path: "/runs", heading: "Runs", prepare: nothing },
  {
    name: "list of runs",
    path: "/runs",
    heading: "Runs",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station");
      await owner.completeRun(2);
    },
  },
  {
    name: "run",
    path: "/runs/1",
    heading: "Run 1",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station");
      await owner.completeRun(2);
    },
  },
  {
    name: "team",
    path: "/agents",
    heading: "Agents",
    prepare: async (owner, _, server) => {
      await server.run("user", "make-admin", owner.username);
      await owner.completeRun(1);
    },
  },
  { name: "no collection", path: "/collections", heading: "Collections", prepare: nothing },
  {
    name: "collections",
    path: "/collections",
    heading: "Collections",
    prepare: (owner) => owner.collect("Trip", "By train."),
  },
  {
    name: "collection",
    path: "/collections/1",
    heading: "Trip",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station");
      await owner.completeRun(2, await owner.collect("Trip", "By train."));
    },
  },
  { name: "agent", path: "/agents/download", heading: "Download", prepare: nothing },
  {
    name: "agent before an administrator",
    path: "/agents/discovery",
    heading: "Discovery",
    prepare: asAdministrator,
  },
  {
    name: "text to read",
    path: "/downloads/1/read",
    heading: "Packing for No Signal",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station: Reading Room");
      await owner.queueUntil("ready", "Packing for No Signal");
    },
  },
  { name: "empty inbox", path: "/approvals", heading: "Approvals", prepare: nothing },
  { name: "inbox with a request", path: "/approvals", heading: "Approvals", prepare: asks },
  { name: "run with a request", path: "/runs/1", heading: "Run 1", prepare: asks },
  { name: "subscriptions", path: "/subscriptions", heading: "Subscriptions", prepare: (owner) => owner.subscribe("Demo Station") },
  { name: "import and export", path: "/subscriptions/lists", heading: "Import and export", prepare: nothing },
  {
    name: "downloads",
    path: "/downloads",
    heading: "Library",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station");
      await owner.subscribe("Demo Station: Reading Room");
      await owner.queueUntil("ready", "Station Call");
      await owner.queueUntil("ready", "Packing for No Signal");
      await owner.queue("Look Up Tonight");
    },
  },
  { name: "no items", path: "/items", heading: "Items", prepare: nothing },
  {
    name: "items",
    path: "/items?q=tunnels&length=long",
    heading: "Items",
    prepare: async (owner, origin) => {
      await owner.subscribeTo(origin.richFeed);
      await owner.queueUntil("ready", "How Tunnels Sing");
    },
  },
  {
    name: "item with all there is",
    path: "/items/1?transcript=1",
    heading: "How Tunnels Sing",
    prepare: async (owner, origin) => {
      await owner.subscribeTo(origin.richFeed);
      await owner.queueUntil("ready", "How Tunnels Sing");
    },
  },
  {
    name: "item that is not to be had",
    path: "/items/1",
    heading: "The Missing Suitcase",
    prepare: async (owner, origin) => {
      await owner.subscribeTo(origin.brokenFeed);
      await owner.queueUntil("failed", "The Missing Suitcase");
    },
  },
  { name: "sources", path: "/sources", heading: "Sources", prepare: nothing },
  {
    name: "sources that need attention",
    path: "/sources?health=attention",
    heading: "Sources",
    prepare: async (owner, origin) => {
      const id = await owner.subscribeTo(origin.slowFeed);
      origin.fail("/slow.xml", 503);
      await owner.refresh(id);
    },
  },
  {
    name: "source that is followed",
    path: "/sources/1",
    heading: "Demo Station",
    prepare: (owner) => owner.subscribe("Demo Station"),
  },
  { name: "no tasks", path: "/tasks", heading: "Tasks", prepare: nothing },
  {
    name: "tasks",
    path: "/tasks",
    heading: "Tasks",
    prepare: async (owner, origin) => {
      await owner.subscribe("Demo Station");
      await owner.subscribeTo(origin.slowFeed);
      await owner.completeRun(1);
      await owner.queueUntil("downloading", "The Long Way Round");
    },
  },
  { name: "no notifications", path: "/notifications", heading: "Notifications", prepare: nothing },
  {
    name: "notifications",
    path: "/notifications",
    heading: "Notifications",
    prepare: oneReadyOneFailed,
  },
  { name: "notification settings", path: "/notifications/settings", heading: "Notification settings", prepare: nothing },
  { name: "nothing shared", path: "/shares", heading: "Shares", prepare: nothing },
  {
    name: "shares",
    path: "/shares",
    heading: "Shares",
    prepare: async (owner) => {
      await owner.subscribe("Demo Station");
      await owner.share({ item_id: await owner.item("Station Call") });
      await owner.share({ collection_id: await owner.collect("Trip", "By train.") });
    },
  },
  { name: "no devices", path: "/devices", heading: "Devices", prepare: nothing },
  {
    name: "devices",
    path: "/devices",
    heading: "Devices",
    prepare: async (owner) => {
      await owner.registerDevice("Phone", "Chrome on Android");
      await owner.registerDevice("Tablet", "");
    },
  },
  { name: "empty history", path: "/history", heading: "History", prepare: nothing },
  {
    name: "history",
    path: "/history",
    heading: "History",
    prepare: oneReadyOneFailed,
  },
  {
    name: "downloads with everything to do",
    path: "/downloads",
    heading: "Library",
    prepare: async (owner, origin) => {
      await owner.subscribeTo(origin.slowFeed);
      await owner.subscribeTo(origin.brokenFeed);
      await owner.leave("Soon", soon(60), soon(120));
      await owner.queueUntil("failed", "The Missing Suitcase");
      await owner.queueUntil("downloading", "The Long Way Round");
    },
  },
  {
    name: "preferences with a commute",
    path: "/preferences",
    heading: "Preferences",
    prepare: (owner) => owner.leave("Morning", "07:30", "08:15"),
  },
  { name: "preferences", path: "/preferences", heading: "Preferences", prepare: nothing },
  { name: "no API keys", path: "/api-keys", heading: "API keys", prepare: nothing },
  { name: "API keys", path: "/api-keys", heading: "API keys", prepare: (owner) => owner.makeKey("script", ["read"]) },
  {
    name: "invitations",
    path: "/admin/invites",
    heading: "Invitations",
    prepare: asAdministrator,
  },
  {
    name: "users",
    path: "/admin/users",
    heading: "Users",
    prepare: asAdministrator,
  },
  {
    name: "request limits",
    path: "/admin/limits",
    heading: "Request limits",
    prepare: async (owner, _, server) => {
      await owner.makeKey("script", ["read"]);
      await server.run("user", "make-admin", owner.username);
    },
  },
  {
    name: "audit log",
    path: "/admin/audit",
    heading: "Audit log",
    prepare: asAdministrator,
  },
  {
    name: "announcements",
    path: "/admin/announcements",
    heading: "Announcements",
    prepare: asAdministrator,
  },
  {
    name: "sources of the server",
    path: "/admin/sources",
    heading: "Sources of the server",
    prepare: async (owner, origin, server) => {
      const id = await owner.subscribeTo(origin.slowFeed);
      origin.fail("/slow.xml", 503);
      await owner.refresh(id);
      await asAdministrator(owner, origin, server);
    },
  },
  {
    name: "background jobs",
    path: "/admin/jobs?state=done",
    heading: "Jobs",
    prepare: asAdministrator,
  },
  {
    name: "bundles of a server that is alone",
    path: "/admin/bundles",
    heading: "Bundles",
    prepare: asAdministrator,
  },
  {
    name: "system",
    path: "/admin/system",
    heading: "System",
    prepare: asAdministrator,
  },
  { name: "step-up", path: "/account/step-up", heading: "Confirm that it is you", prepare: nothing },
  { name: "account", path: "/account", heading: "Account", prepare: (owner, _, server) => owner.signInElsewhere(server.url) },
];

async function visit(page: Page, view: View): Promise<void> {
  await page.goto(view.path);
  await expect(page.getByRole("heading", { name: view.heading, level: 1 })).toBeVisible();
  if (view.prepare) await expect(badge(page)).toHaveText("Connected");
}

for (const view of views) {
  test.describe(`the ${view.name}`, () => {
    test.beforeEach(async ({ owner, origin, server, context }) => {
      if (view.prepare) await view.prepare(owner, origin, server);
      else await context.clearCookies();
    });

    test("has no serious barrier, light or dark, and no sideways scrolling, on a phone or a desk", async ({ page }) => {
      await visit(page, view);
      await showSkipped(page);
      await expectNoBarriers(page, [360, 1280]);
    });
  });
}

test("rejected fields are no barrier either", async ({ page, owner }) => {
  await page.goto("/preferences");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await page.getByLabel("Items a day").fill("0");
  await page.getByRole("button", { name: "Save preferences" }).click();
  await expect(page.getByLabel("Items a day")).toHaveAttribute("aria-invalid", "true");
  expect(await barriers(page)).toEqual([]);
});

test("the description of the REST API is no barrier, with parts of it unfolded", async ({ page }) => {
  // It is the longest page; unfolded as a whole, axe takes longer for it than for all others together.
  test.slow();
  await page.goto("/api/docs");
  await expect(page.getByRole("heading", { name: "REST API" })).toBeVisible();
  await page.locator("details").evaluateAll((all) => all.forEach((one, n) => one.toggleAttribute("open", n % 16 === 0)));
  await expectNoBarriers(page, [360, 1280]);
});

test("the first key press leads past the header", async ({ page, owner }) => {
  await page.goto("/");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("a run is started by keyboard alone", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await page.goto("/");
  await expect(badge(page)).toHaveText("Connected");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(async () => {
    await page.keyboard.press("Tab");
    await expect(startButton(page)).toBeFocused({ timeout: 50 });
  }).toPass({ intervals: [0] });
  await page.keyboard.press("Enter");
  await expect(lines(page).first()).toBeVisible();
  await expect(outcome(page)).toContainText("Completed", { timeout: 20_000 });
});

test("the keyboard stays where it was when a source is followed", async ({ page, owner }) => {
  await page.goto("/subscriptions");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await expect(badge(page)).toHaveText("Connected");
  await row(page, "Directory", "Demo Station").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(row(page, "Following", "Demo Station")).toBeVisible();
  await expect(row(page, "Directory", "Demo Station").getByRole("button", { name: "Unsubscribe" })).toBeFocused();
});

test("another page is told to who cannot see it", async ({ page, owner }) => {
  await page.goto("/");
  await expect(badge(page)).toHaveText("Connected");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Library" }).click();
  await expect(page).toHaveTitle("Library · SmartCache");
  await expect(page.getByRole("main")).toBeFocused();
});
