// Sources: those that need attention, the health of one, and its settings.

import { expect, test } from "../fixtures";
import { expectMarked, notes, open, row, submit } from "../pages";

test("a source that fails is listed with the reason, and when it is tried again", async ({ page, owner, origin }) => {
  const id = await owner.subscribeTo(origin.slowFeed);
  await owner.subscribeTo(origin.richFeed);
  await open(page, "/sources?health=attention");
  await expect(page.getByText("Every source is fine")).toBeVisible();
  origin.fail("/slow.xml", 503);
  await owner.refresh(id);
  await page.reload();
  const sources = page.getByRole("list", { name: "Sources" }).getByRole("listitem");
  await expect(sources).toHaveCount(1);
  await expect(sources).toContainText(/Failing:.*HTTP 503.*1 try in vain, last read well (just now|.* ago).*Tried again by itself after (today|tomorrow)/);
  await page.getByRole("link", { name: "All", exact: true }).click();
  await expect(row(page, "Sources", "Deep Listening")).toBeVisible();
});

test("sources are searched and narrowed", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/sources");
  await page.getByLabel("Search").fill("demo");
  await page.getByLabel("Following").selectOption("You follow");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("list", { name: "Sources" }).getByRole("heading")).toHaveText(["Demo Station"]);
  await page.getByLabel("Following").selectOption("You do not follow");
  await page.getByLabel("Health").selectOption("Not read yet");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/q=demo.*health=new.*following=no/);
  await expect(row(page, "Sources", "Demo Station: Reading Room")).toBeVisible();
  await page.getByRole("link", { name: "Demo Station: Reading Room" }).click();
  await expect(page.getByRole("heading", { name: "Demo Station: Reading Room", level: 1 })).toBeVisible();
});

test("a source says how it does, is tested, and read now", async ({ page, owner, origin }) => {
  const id = await owner.subscribeTo(origin.richFeed);
  await open(page, `/sources/${id}`);
  const health = page.getByRole("region", { name: "How it does" });
  await expect(health).toContainText(/Fine.*1 item.*Last read well.*(just now|ago).*Read again after.*(today|tomorrow)/s);
  await health.getByRole("button", { name: "Test the feed" }).click();
  await expect(health.getByRole("status")).toContainText(/The feed can be read: Deep Listening, 1 item.*How Tunnels Sing.*Nothing of this was kept/s);
  await health.getByRole("button", { name: "Read now" }).click();
  await expect(health.getByRole("status")).toContainText(/Read: /);
  origin.fail("/rich.xml", 500);
  await health.getByRole("button", { name: "Test the feed" }).click();
  await expect(health.getByRole("status")).toContainText(/The test failed.*HTTP 500/s);
  await expect(health, "a test changes nothing").toContainText("Fine");
  await health.getByRole("button", { name: "Read now" }).click();
  await expect(health.getByRole("status")).toContainText(/could not be read.*HTTP 500/s);
  await expect(health).toContainText(/Failing/);
});

test("the items of a source are asked for on its page", async ({ page, owner, origin }) => {
  const id = await owner.subscribeTo(origin.brokenFeed);
  await open(page, `/sources/${id}`);
  await row(page, "Items", "The Missing Suitcase").getByRole("button", { name: "Get:" }).click();
  await expect(row(page, "Items", "The Missing Suitcase")).toContainText(/Failed|Not available/);
  await page.reload();
  await expect(page.getByRole("region", { name: "What of it is here" })).toContainText(/1: .*404/s);
  await page.getByRole("link", { name: "Search and filter them" }).click();
  await expect(page.getByText("Only items of Lost Property.")).toBeVisible();
});

test("rules are kept, and wrong ones are marked", async ({ page, owner, origin }) => {
  const id = await owner.subscribeTo(origin.manyFeed);
  await open(page, `/sources/${id}`);
  await page.getByLabel("How much it matters").selectOption("5, most");
  await page.getByLabel("Only titles with").fill("night train, the harbour");
  await page.getByLabel("At most, in minutes").fill("60");
  await page.getByLabel("At least, in minutes").fill("90");
  await page.getByRole("button", { name: "Save" }).click();
  await expectMarked(page.getByLabel("At most, in minutes"), /at least the shortest/);
  await page.getByLabel("At least, in minutes").fill("10");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(notes(page)).toContainText("Saved");
  await page.reload();
  await expect(page.getByLabel("How much it matters")).toHaveValue("5");
  await expect(page.getByLabel("Only titles with")).toHaveValue("night train, the harbour");
  await expect(page.getByLabel("At least, in minutes")).toHaveValue("10");
  await expect(page.getByLabel("At most, in minutes")).toHaveValue("60");
});

test("a source is followed and let go on its page", async ({ page, owner }) => {
  await open(page, "/sources?q=moving");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  await page.getByRole("link", { name: "Demo Station: Moving Pictures" }).click();
  await page.getByRole("button", { name: "Subscribe to Demo Station: Moving Pictures" }).click();
  await expect(page.getByRole("heading", { name: "What you want of it" })).toBeVisible();
  await page.getByRole("button", { name: "Unsubscribe from Demo Station: Moving Pictures" }).click();
  await expect(page.getByRole("heading", { name: "What you want of it" })).toBeHidden();
});

test("whoever added a source says whether its media are kept", async ({ page, owner, origin }) => {
  const id = await owner.subscribeTo(origin.richFeed);
  await open(page, `/sources/${id}`);
  await page.getByLabel("Copies").selectOption("Keep only what the feed tells");
  await page.getByRole("button", { name: "Set" }).click();
  await expect(page.getByRole("region", { name: "What of it is here" })).toContainText("1 that allow no copies");
  await page.getByRole("link", { name: "How Tunnels Sing" }).click();
  await expect(page.getByRole("main")).toContainText("stays with its publisher");
});

test("somebody else's source is no page", async ({ page, owner }) => {
  await open(page, "/");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  expect((await page.goto("/sources/999999"))?.status()).toBe(404);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("rules are saved, and a source is read now", async ({ page, owner, origin }) => {
    const id = await owner.subscribeTo(origin.richFeed);
    await page.goto(`/sources/${id}`);
    await page.getByLabel("Items ahead").fill("99");
    await page.getByLabel("No titles with").fill("rerun");
    await submit(page, page.getByRole("button", { name: "Save" }));
    await expectMarked(page.getByLabel("Items ahead"), /between 0 and 50/);
    await page.getByLabel("Items ahead").fill("1");
    await submit(page, page.getByRole("button", { name: "Save" }));
    await expect(page.getByLabel("No titles with")).toHaveValue("rerun");
    origin.fail("/rich.xml", 500);
    await page.getByRole("button", { name: "Read now" }).click();
    await expect(page.getByRole("region", { name: "How it does" })).toContainText(/Failing:.*HTTP 500/);
  });
});
