// A day of a site without a network: a stick goes to the gateway and back, twice.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNoBarriers } from "../axe";
import { expect, test as base } from "../fixtures";
import { download, expectMarked, open, play, row, seconds, submit } from "../pages";
import { Server } from "../server";

interface Nodes {
  gateway: Server;
  /** Directory of the stick. */
  stick: string;
}

const test = base.extend<Nodes>({
  // The server of the pages is the site: it may fetch from an address where nothing is (RFC 5737).
  settings: async ({}, use) =>
    use({ SMARTCACHE_ROLE: "site", SMARTCACHE_NODE: "school", SMARTCACHE_EGRESS_ALLOW: "192.0.2.1/32:9" }),
  gateway: async ({ origin, prepared }, use, info) => {
    const directory = join(info.project.outputDir, "../end2end", `${info.testId}-gateway`);
    const settings = {
      SMARTCACHE_ROLE: "gateway",
      SMARTCACHE_NODE: "town",
      SMARTCACHE_EGRESS_ALLOW: origin.allowance,
    };
    const gateway = await Server.fresh(directory, info.parallelIndex, settings, prepared.data);
    await use(gateway);
    await gateway.endAll();
    expect(gateway.said(), "the gateway's log").not.toMatch(/ERROR|panicked/);
    if (info.status === info.expectedStatus) rmSync(directory, { recursive: true });
  },
  stick: async ({ server }, use) => {
    const stick = join(server.data, "../stick");
    mkdirSync(stick);
    await use(stick);
  },
});

/** Makes the keys of a node, and returns its line and fingerprint. */
async function keys(node: Server, name: string): Promise<{ line: string; fingerprint: string }> {
  const said = await node.run("bundle", "keys", "init", name);
  const of = (field: string) => new RegExp(`^${field} +(.*)$`, "m").exec(said)?.[1] ?? "";
  return { line: of("Line"), fingerprint: of("Fingerprint") };
}

/** Lets two nodes trust each other, as their operators do with what is on paper. */
async function acquaint(site: Server, gateway: Server): Promise<void> {
  const [school, town] = [await keys(site, "school"), await keys(gateway, "town")];
  await site.run("bundle", "keys", "trust", town.line, "--fingerprint", town.fingerprint);
  await gateway.run("bundle", "keys", "trust", school.line, "--fingerprint", school.fingerprint);
}

/** Carries the stick from one node to the other. Returns what both said. */
async function carry(from: Server, to: Server, stick: string): Promise<string> {
  for (const name of readdirSync(stick)) rmSync(join(stick, name));
  const written = await from.run("bundle", "export", "--out", stick);
  return written + (await to.run("bundle", "import", stick));
}

const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

test("a wrong request is marked, another is withdrawn, and scripts are not needed", async ({ page, owner, browser, server }) => {
  expect(owner.username).toBe("commuter");
  await open(page, "/requests");
  await expectNoBarriers(page, [360, 1280]);
  await page.getByLabel("Words to search for").fill("x");
  await page.getByRole("button", { name: "Ask for items" }).click();
  await expectMarked(page.getByLabel("Words to search for"), /Give 2 to 200 characters/);
  await page.getByLabel("Items at most").fill("99");
  await page.getByRole("button", { name: "Ask for a run" }).click();
  await expectMarked(page.getByLabel("Items at most"), /between 1 and 20/);
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  await context.addCookies(await page.context().cookies());
  const plain = await context.newPage();
  await plain.goto("/requests");
  await plain.getByLabel("Words to search for").fill("tide tables");
  await submit(plain, plain.getByRole("button", { name: "Ask for items" }));
  const asked = row(plain, "Your requests", "Search: tide tables");
  await expect(asked).toContainText("Goes with the next bundle");
  await context.close();
  await page.reload();
  await expect(row(page, "Your requests", "Search: tide tables")).toBeVisible();
  await row(page, "Your requests", "Search: tide tables").getByText("Withdraw", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, withdraw: Search: tide tables" }).click();
  await expect(row(page, "Your requests", "Search: tide tables")).toContainText("Failed");
  await expectNoBarriers(page, [360, 1280]);
});

test("a site follows, asks and plays what the stick brings", async ({ page, owner, server, gateway, origin, stick }) => {
  // A gateway looks at open requests once a minute, and a run's answer waits for its files.
  test.slow();
  await acquaint(server, gateway);
  await open(page, "/subscriptions");
  await page.getByLabel("Address of the feed").fill(origin.largeFeed);
  await page.getByRole("button", { name: "Add and subscribe" }).click();
  await expect(row(page, "Following", origin.largeFeed)).toBeVisible();

  // The stick goes for the first time: the feed out, its episodes back, as soon as the gateway has read it.
  await carry(server, gateway, stick);
  await expect(async () => {
    await carry(gateway, server, stick);
    await page.goto("/items");
    await expect(page.getByRole("main")).toContainText("The Grand Tour", { timeout: 1_000 });
  }).toPass();

  // The user searches, asks for a run, and gets an episode.
  await page.getByRole("button", { name: "Get: The Grand Tour" }).click();
  await open(page, "/downloads");
  await expect(download(page, "The Grand Tour")).toContainText("the next bundle");
  await open(page, "/requests");
  await page.getByLabel("Words to search for").fill("grand tour");
  await page.getByRole("button", { name: "Ask for items" }).click();
  const search = row(page, "Your requests", "Search: grand tour");
  await expect(search).toContainText("Goes with the next bundle");
  await page.getByLabel("Items at most").fill("1");
  await page.getByRole("button", { name: "Ask for a run" }).click();
  const run = row(page, "Your requests", "Run without a goal");
  await expect(run).toContainText("Goes with the next bundle");

  // The stick goes for the second time: requests out, answers and the file back.
  await carry(server, gateway, stick);
  await page.reload();
  await expect(search).toContainText("On its way to the gateway");
  let files = 0;
  await expect(async () => {
    files += Number(/ (\d+) files?$/m.exec(await carry(gateway, server, stick))?.[1]);
    await page.reload();
    await expect(run).toContainText("Answered", { timeout: 1_000 });
    expect(files).toBe(1);
  }).toPass();
  await expect(search).toContainText("Answered");
  await expect(search.getByRole("link", { name: "The Grand Tour" })).toBeVisible();

  // The episode is here, byte for byte, and plays.
  await open(page, "/downloads");
  await expect.poll(async () => (await owner.downloads())[0]?.status).toBe("ready");
  const [ready] = await owner.downloads();
  expect(digest(await owner.file(ready!.id))).toBe(digest(origin.largeEpisode));
  await play(page, "The Grand Tour").click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0.5);

  // The operator's page shows each step.
  await carry(server, gateway, stick);
  await server.run("user", "make-admin", owner.username);
  await open(page, "/admin/bundles");
  const latest = page.getByRole("list", { name: "Latest bundles" });
  await expect(latest).toContainText(/To town: bundle \d+, volumes: 1\s*Done/);
  await expect(latest).toContainText(/From town: bundle \d+, volume 1 of 1\s*Done/);
  await expect(page.getByRole("list", { name: "Requests by state" })).toContainText("Answered");
  await expect(row(page, "Other nodes", "town")).toContainText("Newest bundle from there");
  const atGateway = await gateway.run("bundle", "status");
  expect(atGateway).toContain("school");

  // A stick that somebody has changed is refused, and says why.
  await gateway.run("bundle", "export", "--out", stick, "--full");
  const volume = join(stick, readdirSync(stick).sort().at(-1)!);
  const bytes = readFileSync(volume);
  bytes[bytes.length - 2_000]! ^= 1;
  writeFileSync(volume, bytes);
  await expect(server.run("bundle", "import", volume)).rejects.toThrow(/damaged/);
});
