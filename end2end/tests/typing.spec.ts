// What a user does before the page's program has loaded: on a slow network that takes seconds.

import { expect, test, type Page } from "../fixtures";
import { badge } from "../pages";

/** Opens a page, does something before its program has loaded, and waits until it has. */
async function beforeHydration(page: Page, path: string, act: () => Promise<void>): Promise<void> {
  let release = (): void => {};
  const acted = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await acted;
    await route.continue();
  });
  await page.goto(path, { waitUntil: "commit" });
  await act();
  release();
  await expect(badge(page)).toHaveText("Connected");
  await page.unroute("**/*.wasm");
}

test("words and choices of a search stay", async ({ page, owner }) => {
  await beforeHydration(page, "/items?q=lighthouse&kind=podcast", async () => {
    await page.getByLabel("Search").fill("nothing like this");
    await page.getByLabel("Kind").selectOption("Article");
  });
  await expect(page.getByLabel("Search")).toHaveValue("nothing like this");
  await expect(page.getByLabel("Kind")).toHaveValue("article");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/q=nothing\+like\+this&kind=article/);
  await page.goBack();
  await expect(page.getByLabel("Search"), "the field follows the address").toHaveValue("lighthouse");
  await expect(page.getByLabel("Kind")).toHaveValue("podcast");

  await beforeHydration(page, "/sources", () => page.getByLabel("Search").fill("demo"));
  await expect(page.getByLabel("Search")).toHaveValue("demo");
  expect(owner.username).toBeTruthy();
});

test("a long text stays, and is what is sent", async ({ page, owner, origin }) => {
  await beforeHydration(page, "/subscriptions/lists", () => page.getByLabel("The list").fill(origin.manyFeed));
  await expect(page.getByLabel("The list")).toHaveValue(origin.manyFeed);
  await page.getByRole("button", { name: "Follow all of them" }).click();
  await expect(page.getByText("You follow 1 feed more now")).toBeVisible();
  expect(owner.username).toBeTruthy();
});

test("a file that was chosen is read", async ({ page, owner, origin }) => {
  await beforeHydration(page, "/subscriptions/lists", () =>
    page.getByLabel("File").setInputFiles({
      name: "list.txt",
      mimeType: "text/plain",
      buffer: Buffer.from(origin.manyFeed),
    }),
  );
  await expect(page.getByLabel("The list")).toHaveValue(origin.manyFeed);
  expect(owner.username).toBeTruthy();
});

test("ticks and lines of a form stay", async ({ page, owner }) => {
  await beforeHydration(page, "/preferences", async () => {
    await page.getByLabel("Topics").fill("jazz");
    await page.getByLabel("Videos").setChecked(true);
  });
  await expect(page.getByLabel("Topics")).toHaveValue("jazz");
  await expect(page.getByLabel("Videos")).toBeChecked();
  expect(owner.username).toBeTruthy();
});
