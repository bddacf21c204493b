// The screenshot of the dashboard in docs/. UPDATE_SCREENSHOT=1 replaces it.

import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../fixtures";
import { open, outcome } from "../pages";

test.use({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });

test("the dashboard after a run makes a picture", async ({ page, owner }, info) => {
  await owner.subscribe("Demo Station");
  await owner.subscribe("Demo Station: Reading Room");
  await owner.completeRun(5);
  await open(page, "/");
  await expect(outcome(page)).toContainText("5 ready");
  const docs = join(import.meta.dirname, "../../docs/screenshot.png");
  const path = process.env.UPDATE_SCREENSHOT ? docs : info.outputPath("screenshot.png");
  await page.screenshot({ path, animations: "disabled" });
  expect(statSync(path).size).toBeGreaterThan(10_000);
});
