// Pages with a screen reader, with reduced motion, with forced colours, and with touch.

import { expect, test, type Owner } from "../fixtures";
import { badge, open } from "../pages";

for (const [path, heading] of [
  ["/items/999999", "Item not found"],
  ["/sources/999999", "Source not found"],
  ["/collections/999999", "Collection not found"],
  ["/downloads/999999/read", "Download not found"],
  ["/runs/999999", "Run"],
  ["/items/nothing", "Page not found"],
  ["/agents/nobody", "Page not found"],
] as const) {
  test(`what is not at ${path} has a title and a heading`, async ({ page, owner, browser, context, server }) => {
    const plain = await browser.newContext({ baseURL: server.url, storageState: await context.storageState(), javaScriptEnabled: false });
    for (const tab of [page, await plain.newPage()]) {
      const response = await tab.goto(path);
      expect(response?.status()).toBe(404);
      await expect(tab.getByRole("heading", { level: 1 })).toHaveText([heading]);
      await expect(tab).toHaveTitle(`${heading} · SmartCache`);
      await expect(tab.getByRole("banner")).toContainText(owner.username);
    }
    await plain.close();
  });
}

test("a burst of lines is read out as one announcement", async ({ page, owner }) => {
  const burst: (() => void)[] = [];
  await page.routeWebSocket("/ws", (socket) => {
    socket.connectToServer();
    burst.push(() => {
      for (let seq = 1001; seq <= 1055; seq++) {
        const data = { agent: "download", message: `Line ${seq - 1000}.`, model: "" };
        socket.send(JSON.stringify({ v: 1, seq, ts: "2026-11-28T12:00:00Z", type: "agent_message", run_id: 99, data }));
      }
    });
  });
  await owner.completeRun(1);
  await open(page, "/");
  await expect(page.getByRole("log")).toBeVisible();
  await page.evaluate(() => {
    const said: string[] = [];
    const isLive = (node: Node) => {
      const region = (node instanceof Element ? node : node.parentElement)?.closest("[aria-live], [role=log], [role=status], [role=alert]");
      return region !== null && region !== undefined && region.getAttribute("aria-live") !== "off";
    };
    new MutationObserver((all) => said.push(...all.filter(({ target }) => isLive(target)).map(({ target }) => target.textContent ?? ""))).observe(
      document.body,
      { subtree: true, childList: true, characterData: true },
    );
    Object.assign(window, { said });
  });
  burst.at(-1)!();
  await expect(page.getByRole("log").getByRole("listitem")).toHaveCount(55);
  const announced = page.getByRole("status", { name: "New in the conversation" });
  await expect(announced).toHaveText("55 new lines. The last one: Download: Line 55.", { timeout: 6_000 });
  const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
  expect(said.filter((text) => text.includes("Line")).length).toBeLessThanOrEqual(2);
});

test("nothing moves for those who want no motion", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await open(page, "/");
  await owner.startRun(1);
  await expect(page.getByText("The agents are at work")).toBeVisible();
  const moving = () => page.evaluate(() => document.getAnimations().length);
  await expect.poll(moving).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await moving()).toBe(0);
  const durations = await page.evaluate(() =>
    [...document.querySelectorAll("*")].map((element) => getComputedStyle(element)).filter((style) => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0).length,
  );
  expect(durations).toBe(0);
});

test("bars can be seen in colours of the system's own", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  await open(page, "/");
  const bar = page.getByRole("progressbar", { name: "Storage in use" });
  await bar.evaluate((element: HTMLProgressElement) => (element.value = 50));
  const picture = (await bar.screenshot()).toString("base64");
  const colors = await page.evaluate(async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const drawing = canvas.getContext("2d", { willReadFrequently: true })!;
    drawing.drawImage(image, 0, 0);
    const at = (x: number, y: number) => drawing.getImageData(x, y, 1, 1).data.join();
    const middle = Math.floor(image.height / 2);
    return { done: at(image.width / 4, middle), left: at((image.width * 3) / 4, middle), edge: at(image.width / 2, 0) };
  }, picture);
  expect(new Set(Object.values(colors)).size, JSON.stringify(colors)).toBe(3);
});

async function topics(owner: Owner, feed: string): Promise<string> {
  await owner.prefer({ topics: ["tunnels"] });
  await owner.subscribeTo(feed);
  return `/items/${await owner.item("How Tunnels Sing")}`;
}

for (const touch of [false, true]) {
  test.describe(touch ? "under a finger" : "with a mouse", () => {
    test.use({ hasTouch: touch, isMobile: touch, viewport: touch ? { width: 390, height: 800 } : { width: 1280, height: 800 } });

    test("links that stand alone are large enough", async ({ page, owner, origin }) => {
      await page.goto(await topics(owner, origin.richFeed));
      await expect(badge(page)).toHaveText("Connected");
      const least = touch ? 44 : 24;
      const alone = page.locator(".topics a, .facts dd > a, .person a, .files a, .row-facts a, main .button, summary");
      await expect(page.locator(".topics a").first()).toBeVisible();
      // All at one moment: the page may replace some of them between two measurements.
      const shown = await alone.evaluateAll((links) =>
        links
          .filter((link) => link.getClientRects().length > 0)
          .map((link) => ({ text: link.textContent, height: link.getBoundingClientRect().height })),
      );
      expect(shown.length, "links that are shown").toBeGreaterThan(2);
      expect(shown.filter(({ height }) => height < least)).toEqual([]);
    });
  });
}
