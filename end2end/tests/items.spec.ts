// Items: finding one, requesting it, and its page with all details.

import { expect, test } from "../fixtures";
import { notes, open, row, seconds, submit } from "../pages";

test("from the address of a site to an episode that is ready", async ({ page, owner, origin }) => {
  await test.step("pastes the site's address, and follows the feed that is found there", async () => {
    await open(page, "/subscriptions");
    await expect(page.getByRole("banner")).toContainText(owner.username);
    await page.getByLabel("Address of the feed").fill(origin.site);
    await page.getByRole("button", { name: "Add and subscribe" }).click();
    await expect(notes(page)).toContainText("You follow");
  });
  await test.step("finds the episode by a word", async () => {
    await expect(async () => {
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Items" }).click();
      await page.getByLabel("Search").fill("grand");
      await page.getByRole("button", { name: "Search" }).click();
      await expect(page).toHaveURL(/\/items\?q=grand/);
      await expect(row(page, "Items", "The Grand Tour")).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(row(page, "Items", "The Grand Tour")).toContainText("Can be fetched");
  });
  await test.step("asks for it on its page, and sees it ready", async () => {
    await page.getByRole("link", { name: "The Grand Tour" }).click();
    await expect(page.getByRole("heading", { name: "The Grand Tour", level: 1 })).toBeVisible();
    await page.getByRole("button", { name: "Get:" }).click();
    const mine = page.getByRole("list", { name: "Your download" }).getByRole("listitem");
    await expect(mine).toContainText("Ready");
    await expect(mine.getByRole("button", { name: "Play: The Grand Tour" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Get:" })).toBeHidden();
  });
});

test("an item is asked for in the list, and becomes ready there", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/items");
  const item = row(page, "Items", "The Long Way Round");
  await item.getByRole("button", { name: "Get:" }).click();
  await expect(item).toContainText("Downloading");
  await expect(item.getByRole("progressbar")).toBeVisible();
  await expect(item.getByRole("button")).toHaveCount(0);
  origin.letGo();
  await expect(item).toContainText("Ready");
});

test("what cannot be had says why, where it was asked for", async ({ page, owner, origin }) => {
  await owner.prefer({ max_storage_mb: 100 });
  await owner.subscribeTo(origin.hugeFeed);
  await owner.subscribeTo(origin.largeFeed);
  await open(page, "/items");
  await row(page, "Items", "The Whole Series").getByRole("button", { name: "Get:" }).click();
  await expect(row(page, "Items", "The Whole Series")).toContainText("Downloading");
  await row(page, "Items", "The Grand Tour").getByRole("button", { name: "Get:" }).click();
  await expect(row(page, "Items", "The Grand Tour").getByRole("alert")).toContainText(/This needs 1 MB.*or raise the limit/);
  await expect(row(page, "Items", "The Grand Tour").getByRole("button", { name: "Get:" })).toBeEnabled();
});

test("items are narrowed, and the address keeps how", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station: Reading Room");
  await owner.subscribeTo(origin.manyFeed);
  await open(page, "/items");
  const titles = page.getByRole("list", { name: "Items" }).getByRole("heading");
  await expect(titles).toHaveCount(50);
  await page.getByLabel("Kind").selectOption("Article");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(row(page, "Items", "Packing for No Signal")).toBeVisible();
  await expect(page.getByRole("list", { name: "Items" })).not.toContainText("Every Day");

  await page.getByLabel("Kind").selectOption("Any kind");
  await page.getByLabel("Search").fill("lighthouse");
  await page.getByText("Length, date and size").click();
  await page.getByLabel("Length").selectOption("Above 90 min");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/q=lighthouse.*length=longer/);
  await expect(titles.first()).toContainText("lighthouse");
  for (const words of await page.getByRole("list", { name: "Items" }).getByRole("listitem").allTextContents()) {
    expect(words).toMatch(/a lighthouse[\s\S]*(1 h (3[05]|40|45|50|55) min|2 h)/);
  }
  await page.reload();
  await expect(page.getByLabel("Length")).toHaveValue("longer");
  await expect(page.getByLabel("Length"), "what is chosen is not hidden").toBeVisible();

  await page.getByLabel("Search").fill("nothing like this");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "show all items" }).click();
  await expect(titles).toHaveCount(50);
});

test("2,000 items stay within reach on a phone", async ({ page, owner, origin }, info) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 390, height: 844 });
  await owner.subscribeTo(origin.manyFeed);
  await open(page, "/items");
  const rows = page.getByRole("list", { name: "Items" }).locator("> li");
  // CSS selectors, since finding a role among so many elements is slower than adding more of them.
  const more = page.locator("nav[aria-label='More items'] a");
  await expect(more).toHaveText("Show more");
  const first = await rows.first().elementHandle();
  for (let shown = 50; shown < 2_000; shown += 50) {
    await more.evaluate((link: HTMLAnchorElement) => link.click());
    await expect(rows).toHaveCount(shown + 50);
  }
  await expect(more).toHaveCount(0);
  expect(await first!.evaluate((row) => row.isConnected), "rows stay what they are").toBe(true);
  const scrolled = await page.evaluate(scrollThrough);
  await info.attach("scrolling", { body: JSON.stringify(scrolled), contentType: "application/json" });
  console.log("scrolling through 2,000 items:", JSON.stringify(scrolled));
  expect(scrolled.rendered, "rows that are laid out at the end").toBeLessThan(200);
  expect(scrolled.reached).toBe(true);
});

/** Scrolls to the end, a screen at a time. Returns frame times, and the number of rows rendered then. */
async function scrollThrough() {
  const long: number[] = [];
  new PerformanceObserver((list) => long.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
  const frames: number[] = [];
  scrollTo(0, 0);
  await new Promise(requestAnimationFrame);
  for (let before = performance.now(), still = 0; still < 5; ) {
    const at = scrollY;
    scrollBy(0, innerHeight);
    const now = await new Promise<number>(requestAnimationFrame);
    frames.push(now - before);
    before = now;
    still = scrollY === at ? still + 1 : 0;
  }
  await new Promise((wake) => setTimeout(wake, 200));
  frames.sort((one, other) => one - other);
  const rows = [...document.querySelectorAll<HTMLElement>("ul[aria-label='Items'] > li")];
  const rendered = rows.filter((row) => row.firstElementChild!.checkVisibility({ contentVisibilityAuto: true })).length;
  return {
    frames: frames.length,
    median: Math.round(frames[frames.length >> 1]!),
    p95: Math.round(frames[Math.floor(frames.length * 0.95)]!),
    worst: Math.round(frames.at(-1)!),
    longTasks: long.length,
    longest: Math.round(Math.max(0, ...long)),
    nodes: document.querySelectorAll("*").length,
    rendered,
    reached: rows.at(-1)!.getBoundingClientRect().top < innerHeight,
  };
}

test("an item's page tells all that its feed tells", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.richFeed);
  await open(page, `/items/${await owner.item("How Tunnels Sing")}`);
  const main = page.getByRole("main");
  await expect(page).toHaveTitle("How Tunnels Sing · SmartCache");
  for (const fact of ["47 min 10 s", "Echoes under the city", "2, Underground", "Ch. 7", "Bea Bell (guest)", "Sound, Cities", "Berlin", "cc-by-4.0", "32 kbit/s"]) {
    await expect(main).toContainText(fact);
  }
  await expect(main.getByRole("link", { name: "a listener" })).toHaveAttribute("rel", "noopener noreferrer nofollow");
  const chapters = page.getByRole("region", { name: "Chapters" });
  await expect(chapters.getByRole("listitem")).toHaveText([/0:00\s*Going down/, /0:01\s*The <long> echo/, /1:02:05\s*Up again/]);
  await expect(chapters.getByRole("link", { name: /Play from/ }), "nothing can play yet").toHaveCount(0);
  await page.getByRole("link", { name: "Show the transcript" }).click();
  const transcript = page.getByRole("region", { name: "Transcript" }).last();
  await expect(transcript).toContainText("Bea: It comes back after nine seconds.");
});

test("a chapter leads to its place in what plays", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.richFeed);
  await owner.queueUntil("ready", "How Tunnels Sing");
  await open(page, `/items/${await owner.item("How Tunnels Sing")}`);
  const chapter = page.getByRole("region", { name: "Chapters" }).getByRole("link", { name: "Play from 0:01" });
  await expect(chapter).toHaveAttribute("href", /\/file\?inline=1#t=1$/);
  await chapter.click();
  await expect.poll(() => seconds(page)).toBeGreaterThanOrEqual(1);
});

test("chapters that are not to be had are a sentence on the page", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.richFeed);
  origin.fail("/chapters.json", 404);
  origin.fail("/transcript.vtt", 503);
  await open(page, `/items/${await owner.item("How Tunnels Sing")}?transcript=1`);
  await expect(page.getByRole("region", { name: "Chapters" })).toContainText("There is nothing at this address (HTTP 404).");
  await expect(page.getByRole("region", { name: "Transcript" })).toContainText("problem of its own (HTTP 503).");
  await expect(page.getByRole("heading", { name: "How Tunnels Sing", level: 1 })).toBeVisible();
});

test("somebody else's item is no page", async ({ page, owner }) => {
  await open(page, "/");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  expect((await page.goto("/items/999999"))?.status()).toBe(404);
  await expect(page.getByRole("main")).toContainText("There is no such item.");
  expect((await page.goto("/items/none"))?.status()).toBe(404);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("items are searched, paged and asked for", async ({ page, owner, origin }) => {
    await owner.subscribeTo(origin.manyFeed);
    await owner.subscribeTo(origin.richFeed);
    await page.goto("/items");
    await page.getByLabel("Search").fill("harbour");
    await submit(page, page.getByRole("button", { name: "Search" }));
    const titles = page.getByRole("list", { name: "Items" }).getByRole("heading");
    const first = await titles.first().innerText();
    await page.getByRole("link", { name: "Show more" }).click();
    await expect(page).toHaveURL(/q=harbour.*cursor=/);
    await expect(titles.first()).not.toHaveText(first);
    await page.getByRole("link", { name: "First page" }).click();
    await expect(titles.first()).toHaveText(first);

    await page.goto(`/items/${await owner.item("How Tunnels Sing")}`);
    await submit(page, page.getByRole("button", { name: "Get:" }));
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole("list", { name: "Your download" })).toContainText("Ready", { timeout: 200 });
    }).toPass();
    await page.getByRole("link", { name: "Show the chapters" }).click();
    await expect(page.getByRole("region", { name: "Chapters" })).toContainText("Going down");
    await page.getByRole("link", { name: "Show the transcript" }).click();
    await expect(page.getByRole("region", { name: "Transcript" }).first()).toContainText("nine seconds");
  });
});
