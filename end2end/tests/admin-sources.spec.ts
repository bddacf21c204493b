// Health of all sources, as administrators see it.

import { expectNoBarriers } from "../axe";
import { expect, test, type Origin } from "../fixtures";
import { notes, open, row, submit } from "../pages";

const list = "Sources of the server";
const host = (origin: Origin) => new URL(origin.slowFeed).host;

test("an administrator finds a feed that fails, and has it read again", async ({ page, owner, origin, server }) => {
  await server.run("user", "make-admin", owner.username);
  await owner.subscribe("Demo Station");
  const id = await owner.subscribeTo(origin.slowFeed);
  origin.fail("/slow.xml", 503);
  await owner.refresh(id);
  const { name } = await (await page.request.get(`/api/v1/sources/${id}`)).json();

  await open(page, "/admin/users");
  await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Sources" }).click();
  await expect(row(page, list, "Demo Station")).toContainText("1 follower");
  await page.getByLabel("Health").selectOption("Failing");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByRole("list", { name: list }).getByRole("listitem")).toHaveCount(1);
  const failing = row(page, list, name);
  await expect(failing).toContainText("1 failure in a row");
  await expect(failing).toContainText(host(origin));
  await expect(page.getByRole("main")).not.toContainText("slow.xml");
  await expectNoBarriers(page, [360, 1280]);
  await page.getByRole("button", { name: `Refresh now: ${name}` }).click();
  await expect(failing).toContainText("2 failures in a row");
  await page.goto("/admin/sources?health=gone");
  await expect(page.getByText("No source matches")).toBeVisible();
});

test("a feed that is read again says what it brought", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await owner.subscribe("Demo Station");
  await open(page, "/admin/sources?followed=yes");
  await page.getByRole("button", { name: "Refresh now: Demo Station", exact: true }).click();
  await expect(notes(page)).toContainText(/The feed was read: \d+ items? (is|are) new\./);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("sources are narrowed and read, by administrators alone", async ({ page, owner, origin, server }) => {
    await page.goto("/admin/sources");
    await expect(page.getByText("This is for administrators of this server.")).toBeVisible();
    await server.run("user", "make-admin", owner.username);
    await owner.subscribeTo(origin.slowFeed);
    origin.fail("/slow.xml", 503);
    await page.goto("/admin/sources");
    await page.getByLabel("Followers").selectOption("With followers");
    await submit(page, page.getByRole("button", { name: "Show", exact: true }));
    await expect(page.getByRole("list", { name: list }).getByRole("listitem")).toHaveCount(1);
    await submit(page, page.getByRole("button", { name: /^Refresh now/ }));
    await expect(page.getByRole("list", { name: list })).toContainText("1 failure in a row");
  });
});
