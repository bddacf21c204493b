// A transfer to the device whose tab, renderer or browser is killed: nothing wrong is held, and little fetched twice.

import { chromium, type BrowserContext, type Page } from "@playwright/test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { copy, expectSound, files, keep, stored, type Copy } from "../device";
import { expect, test } from "../fixtures";

/** `make drill-device` asks for 20. */
const points = Number(process.env.KILLS ?? 3);
/** Bytes between two flushes, and the largest chunk after one. */
const most = 8 * 1024 * 1024 + 2 * 1024 * 1024;
const title = "The Endless Tour";

const ways: Record<string, (page: Page) => Promise<unknown>> = {
  browser: (page) => command(page, "Browser.crash", page.context().waitForEvent("close")),
  renderer: (page) => command(page, "Page.crash", page.waitForEvent("crash")),
  tab: (page) => page.close(),
};

/** Sends a command that its receiver does not survive, and waits for the sign of that. */
async function command(page: Page, name: "Browser.crash" | "Page.crash", sign: Promise<unknown>): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  void devtools.send(name).catch(() => undefined);
  await sign;
}

test("a transfer that is killed anywhere goes on and ends with the right bytes", async ({ owner, origin, server, prepared }, info) => {
  test.setTimeout(60_000 + points * 20_000);
  await owner.subscribeTo(origin.vastFeed);
  await owner.queueUntil("ready", title);
  for (let point = 0; point < points; point++) {
    const way = Object.keys(ways)[point % 3]!;
    await test.step(`${way}, point ${point}`, async () => {
      const profile = join(info.outputDir, `profile-${point}`);
      const launch = async (): Promise<BrowserContext> => {
        const { launchOptions } = info.project.use;
        const context = await chromium.launchPersistentContext(profile, { ...launchOptions, baseURL: server.url });
        await context.addCookies(prepared.cookies);
        return context;
      };
      let context = await launch();
      let page = await context.newPage();
      await page.goto("/downloads");
      await page.getByText("Connected").waitFor();
      await keep(page, title);
      await page.waitForTimeout(Math.random() * 600);
      await ways[way]!(page);
      if (way === "browser") context = await launch();

      // An address without a program: nothing runs that would tidy.
      page = await context.newPage();
      await page.goto("/manifest.webmanifest");
      const part = (await files(page)).find((file) => file.path.endsWith(".part"));
      const [row] = await stored<Copy>(page, "copies");
      if (part && row?.state === "on_its_way") expect(part.bytes - row.flushed).toBeLessThanOrEqual(most);

      const wished = await page.evaluate(() => localStorage.getItem("smartcache.device") ?? "");
      await page.goto("/downloads");
      // Killed before the wish was stored, if neither has it.
      if (!row && !wished.includes(title)) await keep(page, title);
      await page.goto("/device");
      await expect(copy(page, title)).toContainText("On this device", { timeout: 20_000 });
      await expectSound(page);
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    });
  }
});
