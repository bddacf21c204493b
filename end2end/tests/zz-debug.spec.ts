import { expect, test } from "../fixtures";
import { download, open } from "../pages";
test("debug", async ({ page, owner }) => {
  await owner.subscribe("Demo Station: Moving Pictures");
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Test Card");
  await owner.queueUntil("ready", "Look Up Tonight");
  await open(page, "/downloads");
  for (const [title, tag, words] of [["Look Up Tonight","audio","Listen here"],["Test Card","video","Watch here"]]) {
    await download(page, title).getByText(words).click();
    const v = download(page, title).locator(tag);
    const h = await v.elementHandle();
    await h!.evaluate((x: any) => x.play());
    for (let i = 0; i < 12; i++) {
      await page.waitForTimeout(250);
      console.log(title, await h!.evaluate((x: any) => [x.isConnected, x.currentTime, x.paused, x.readyState, x.error?.message, x.closest("details").open]));
      if (i == 3) await owner.queue(tag === "audio" ? "Station Call" : "Morning Scales");
    }
  }
});
