// Notifications that reach a user who does not look: channels and quiet hours on their page, and Web Push.

import { expectNoBarriers } from "../axe";
import { test as base, expect, type Page } from "../fixtures";
import { expectMarked, notes, open, row, submit } from "../pages";
import { Outside } from "../push";

const test = base.extend<{ outside: Outside }>({
  outside: async ({}, use) => {
    const outside = await Outside.open();
    await use(outside);
    await outside.close();
  },
  settings: async ({ outside }, use) => use(outside.settings),
});

const channel = (page: Page, name: string) => row(page, "Your channels", name);
const form = (page: Page, kind: string) => page.locator("details").filter({ has: page.locator("summary", { hasText: new RegExp(`^${kind}$`) }) });

test("a channel is added, tested, changed and removed", async ({ page, owner: _, outside }) => {
  await open(page, "/notifications");
  await page.getByRole("main").getByRole("link", { name: "notification settings" }).click();
  await expect(page.getByRole("heading", { name: "Notification settings", level: 1 })).toBeVisible();
  await expect(page.getByText("No channels yet")).toBeVisible();
  await expectNoBarriers(page, [360, 1280]);
  const webhook = form(page, "Webhook");
  await webhook.locator("summary").click();
  await webhook.getByLabel("Address of the webhook").fill("http://10.0.0.1/hook");
  await webhook.getByRole("button", { name: "Add channel" }).click();
  await expectMarked(webhook.getByLabel("Address of the webhook"), /private network/);
  await webhook.getByLabel("Address of the webhook").fill(`${outside.url}/hook`);
  await webhook.getByLabel("Name", { exact: true }).fill("My hook");
  await webhook.getByRole("button", { name: "Add channel" }).click();
  await expect(page.getByText(/whsec_[\w+/=]{44}/)).toBeVisible();
  await expect(channel(page, "My hook")).toContainText("Nothing sent yet");
  await channel(page, "My hook").getByRole("button", { name: "Test My hook" }).click();
  await expect(notes(page)).toContainText("The test message was accepted.");
  await expect(channel(page, "My hook")).toContainText("Works; last message");
  expect(outside.messages.map((message) => message.path)).toEqual(["/hook"]);
  outside.status = 500;
  await channel(page, "My hook").getByRole("button", { name: "Test My hook" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server has a problem of its own (HTTP 500)." })).toBeVisible();
  await expect(channel(page, "My hook")).toContainText("Fails since");
  await expectNoBarriers(page, [360, 1280]);
  await channel(page, "My hook").locator("summary").filter({ hasText: "Change" }).click();
  await channel(page, "My hook").getByLabel("Runs that end").uncheck();
  await channel(page, "My hook").getByLabel("Name", { exact: true }).fill("Other hook");
  await channel(page, "My hook").getByRole("button", { name: "Save channel" }).click();
  await expect(channel(page, "Other hook")).toContainText("10 kinds");
  await channel(page, "Other hook").getByLabel("Remove Other hook", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, remove it: Other hook" }).click();
  await expect(notes(page)).toContainText("Channel removed.");
  await expect(page.getByText("No channels yet")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a channel is added, and quiet hours are set", async ({ page, owner: _, outside }) => {
    await page.goto("/notifications/settings");
    await expect(page.getByText("Push needs JavaScript in this browser.")).toBeVisible();
    const ntfy = form(page, "ntfy");
    await ntfy.locator("summary").click();
    await ntfy.getByLabel("Address of the topic").fill(outside.url);
    await submit(page, ntfy.getByRole("button", { name: "Add channel" }));
    await expectMarked(ntfy.getByLabel("Address of the topic"), /address of a topic/);
    await ntfy.getByLabel("Address of the topic").fill(`${outside.url}/my-topic`);
    await submit(page, ntfy.getByRole("button", { name: "Add channel" }));
    await expect(channel(page, new URL(outside.url).host)).toContainText("All kinds");
    await page.getByLabel("From", { exact: true }).fill("23:00");
    await page.getByLabel("Until", { exact: true }).fill("23:00");
    await submit(page, page.getByRole("button", { name: "Save quiet hours" }));
    await expectMarked(page.getByLabel("Until", { exact: true }), /differs from the start/);
    await page.getByLabel("Until", { exact: true }).fill("05:30");
    await page.getByRole("region", { name: "Quiet hours" }).getByLabel("Questions of the agents").check();
    await submit(page, page.getByRole("button", { name: "Save quiet hours" }));
    await page.goto("/notifications/settings");
    await expect(page.getByLabel("Until", { exact: true })).toHaveValue("05:30");
    await expect(page.getByRole("region", { name: "Quiet hours" }).getByLabel("Questions of the agents")).toBeChecked();
  });
});

// `pushManager.subscribe` never returns in a headless browser, so the subscription is the test's own.
test("a push message is read by its browser alone, and its token is the server's", async ({ page, owner, outside }) => {
  // Messages are gathered for a moment before they are sent.
  test.slow();
  await page.goto("/notifications/settings");
  const { key } = await (await page.request.get("/api/v1/notifications/channels/key")).json();
  const added = await page.request.post("/api/v1/notifications/channels", { data: { ...outside.subscription, name: "Phone" } });
  expect(added.status()).toBe(201);
  // At any time of day, for this test.
  const preferences = { quiet_hours: { enabled: false, from: "22:00", until: "06:00", except: [] } };
  expect((await page.request.put("/api/v1/preferences", { data: preferences })).status()).toBe(200);
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await expect.poll(() => outside.messages.length, { timeout: 60_000 }).toBe(1);
  const message = outside.messages[0]!;
  expect(message.path).toBe("/wpush/secret");
  expect(message.headers).toMatchObject({ ttl: "86400", "content-encoding": "aes128gcm", urgency: "normal" });
  expect(message.headers.topic).toMatch(/^[\w-]{32}$/);
  expect(outside.read(message)).toMatchObject({
    kind: "download_ready",
    title: "Ready: Station Call",
    link: "/downloads?status=ready",
  });
  const claims = outside.claims(message, key);
  expect(claims.aud).toBe(outside.url);
  const hours = (claims.exp - Date.now() / 1000) / 3600;
  expect(hours).toBeGreaterThan(1);
  expect(hours).toBeLessThanOrEqual(24);
  await page.reload();
  await expect(channel(page, "Phone")).toContainText("Works; last message");
});

// A headless browser refuses notifications whatever it is told to grant, so the test records what the worker shows and opens.
test("the service worker shows a notification for every push message, and its page", async ({ page, context, owner: _, server }) => {
  await open(page, "/notifications/settings");
  await expect(page.getByRole("region", { name: "This browser" })).toContainText("You have refused notifications");
  const session = await context.newCDPSession(page);
  const registered = new Promise<string>((found) =>
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) =>
      registrations.forEach(({ registrationId }) => found(registrationId)),
    ),
  );
  await session.send("ServiceWorker.enable");
  const installed = context.waitForEvent("serviceworker");
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
  });
  const [worker, registrationId] = await Promise.all([installed, registered]);
  await worker.evaluate(() => {
    const scope = self as unknown as { shown: unknown[]; clients: { openWindow: (url: string) => Promise<null> } };
    scope.shown = [];
    const show = async (title: string, options?: object): Promise<void> => void scope.shown.push({ title, ...options });
    ServiceWorkerRegistration.prototype.showNotification = show;
    scope.clients.openWindow = async (url) => (scope.shown.push(url), null);
  });
  const shown = () => worker.evaluate(() => (self as unknown as { shown: unknown[] }).shown.splice(0));
  const push = (data: string) => session.send("ServiceWorker.deliverPushMessage", { origin: server.url, registrationId, data });
  const ready = { title: "Ready: Station Call", body: "Station Call", tag: "ready" };
  await push(JSON.stringify({ ...ready, link: "/downloads?status=ready" }));
  const data = { link: "/downloads?status=ready" };
  await expect.poll(shown).toEqual([{ ...ready, renotify: true, icon: "/icon-192.png", data }]);
  await push("no JSON");
  await expect.poll(shown).toMatchObject([{ title: "SmartCache", body: "", data: { link: "" } }]);
  const click = (link: string) =>
    worker.evaluate((link) => {
      const notification = { close: () => {}, data: { link } };
      const event = new Event("notificationclick");
      self.dispatchEvent(Object.assign(event, { notification, waitUntil: () => {} }));
    }, link);
  await click("/downloads?status=ready");
  await expect.poll(shown).toEqual([`${server.url}/downloads?status=ready`]);
  await click("https://elsewhere.example/");
  await click("");
  await expect.poll(shown).toEqual([`${server.url}/notifications`]);
});
