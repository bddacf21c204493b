import { test, type Page } from "../fixtures";
import { password } from "../fixtures";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
test.use({ javaScriptEnabled: process.env.JS === "1" });
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;
async function take(page: Page, name: string) {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `/dev/shm/ob-shots/${name}-${size}-${colorScheme}.png`, animations: "disabled" });
    }
  }
}
test("shots", async ({ page, server, origin }) => {
  test.slow();
  const names = ["Rails", "Space Hour", "Gardens of the World", "Chess", "Bread", "Knots"];
  const rows = names.map((name, n) => `podcast\t${name}\t${origin.site}${n}.xml`);
  const file = join(server.data, "directory.tsv");
  writeFileSync(file, ["kind\tname\tfeed_url", ...rows, ""].join("\n"));
  await server.run("seed", file);
  await page.request.post("/api/v1/auth/register", { data: { username: "ada", password } });
  await page.goto("/");
  await page.getByRole("checkbox", { name: "Science" }).check();
  await page.getByRole("checkbox", { name: "Space" }).check();
  await take(page, "1");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(/step=2/);
  await page.waitForTimeout(1000);
  await take(page, "2");
  await page.getByRole("button", { name: /^Follow/ }).click();
  await page.waitForURL(/step=3/);
  await page.waitForTimeout(500);
  await take(page, "3");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForTimeout(9000);
  await page.reload();
  await page.locator("details.run-more summary").click();
  await take(page, "4");
  await page.locator("details.run-more").scrollIntoViewIfNeeded();
  await take(page, "5");
});
