// The page of bundles on a gateway: keys, trust, export and import, with volumes of a site that only has a command line.

import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { expectNoBarriers } from "../axe";
import { expect, test, type Page, type Server } from "../fixtures";
import { expectMarked, notes, open, row, submit } from "../pages";

const fingerprints = /^\d{5}( \d{5}){7}$/;

/** Runs a command of the site, on data of its own, and returns its output. */
async function atSite(server: Server, ...command: string[]): Promise<string> {
  const program = process.env.SMARTCACHE_BIN;
  if (!program) throw new Error("SMARTCACHE_BIN says which program to run");
  const part = ["bundle", "--data-dir", join(server.data, "../site"), "--role", "site", "--node", "school"];
  const { stdout } = await promisify(execFile)(program, [...part, ...command], { env: { PATH: process.env.PATH, SMARTCACHE_LOG: "error" } });
  return stdout;
}

/** Makes the keys of the site. Returns its line and its fingerprint. */
async function siteKeys(server: Server): Promise<{ line: string; fingerprint: string }> {
  const shown = await atSite(server, "keys", "init", "school");
  const field = (name: string) => shown.match(new RegExp(`^${name} +(.+)$`, "m"))![1];
  return { line: field("Line"), fingerprint: field("Fingerprint") };
}

/** Line and fingerprint of the gateway, from its page. */
async function shownKeys(page: Page): Promise<{ line: string; fingerprint: string }> {
  const node = page.getByRole("region", { name: "This node" });
  const line = node.getByRole("textbox", { name: "Line of this node" });
  await expect(line).toHaveValue(/^sc-node1/);
  await expect(node.getByRole("img", { name: "QR code of the line" })).toBeVisible();
  const code = node.locator("code");
  await expect(code).toHaveText(fingerprints);
  return { line: await line.inputValue(), fingerprint: await code.innerText() };
}

/** Has the site trust the gateway and write a volume. Returns its path. */
async function volumeOfSite(server: Server, gateway: { line: string; fingerprint: string }): Promise<string> {
  await atSite(server, "keys", "trust", gateway.line, "--fingerprint", gateway.fingerprint);
  const stick = join(server.data, "../stick");
  mkdirSync(stick);
  await atSite(server, "export", "--out", stick);
  return join(stick, "sc1_school_hq_000001_1of1.scb");
}

test.describe("on a gateway", () => {
  test.use({
    settings: async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "drop-folder-"));
      await use({ SMARTCACHE_ROLE: "gateway", SMARTCACHE_NODE: "hq", SMARTCACHE_BUNDLE_IN: folder });
      rmSync(folder, { recursive: true });
    },
  });

  test("an administrator makes keys, trusts a site, imports its volume and exports one for it", async ({ page, owner, server }) => {
    await server.run("user", "make-admin", owner.username);
    await open(page, "/admin/system");
    await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Bundles" }).click();
    await expect(page.getByText("hq is a gateway: it has a network, and makes bundles for sites.")).toBeVisible();
    await page.getByRole("button", { name: "Make the keys of this node" }).click();
    await expect(notes(page)).toContainText("This node has its keys.");
    const gateway = await shownKeys(page);

    const site = await siteKeys(server);
    await page.getByLabel("Its line").fill(site.line);
    await page.getByLabel("Its fingerprint").fill(gateway.fingerprint);
    await page.getByRole("button", { name: "Trust the node" }).click();
    await expectMarked(page.getByLabel("Its fingerprint"), /This is not the fingerprint of the line/);
    await page.getByLabel("Its fingerprint").fill(site.fingerprint);
    await page.getByRole("button", { name: "Trust the node" }).click();
    await expect(notes(page)).toContainText("The node is trusted.");
    const peer = row(page, "Other nodes", "school");
    await expect(peer).toContainText(site.fingerprint);
    await expect(peer).toContainText("Nothing came from there yet");

    const volume = await volumeOfSite(server, gateway);
    const changed = join(server.data, basename(volume));
    const bytes = readFileSync(volume);
    bytes[600]! ^= 1;
    writeFileSync(changed, bytes);
    const imports = page.getByRole("region", { name: "Import" });
    await imports.getByLabel("Volumes").setInputFiles(changed);
    await imports.getByRole("button", { name: "Import them" }).click();
    await expect(imports.getByRole("status")).toContainText("the signature is not by a trusted key of school");
    await imports.getByLabel("Volumes").setInputFiles(volume);
    await imports.getByRole("button", { name: "Import them" }).click();
    await expect(imports.getByRole("status")).toContainText("bundle 1 of school, 3 records.");
    await expect(row(page, "Latest bundles", "From school: bundle 1, volume 1 of 1")).toContainText("Done");
    await expect(peer).toContainText("Newest bundle from there");

    await page.getByRole("button", { name: "Export now" }).click();
    await expect(notes(page)).toContainText("Written. The volumes can be downloaded.");
    const name = "sc1_hq_school_000001_1of1.scb";
    await expect(row(page, "Written volumes", name)).toBeVisible();
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name: `Download ${name}` }).click();
    const carried = join(server.data, "../stick", name);
    await (await downloading).saveAs(carried);
    expect(await atSite(server, "import", carried)).toContain("Bundle 1 of hq, volume 1 of 1");
    await expectNoBarriers(page, [360, 1280]);

    await peer.getByText("Trust no more", { exact: true }).click();
    await peer.getByRole("button", { name: "Yes, trust it no more: school" }).click();
    await expect(notes(page)).toContainText("The node is trusted no more.");
    await expect(peer).toContainText("Trusted no more");
    await page.goto("/admin/audit");
    await expect(page.getByRole("list", { name: "Audit log" })).toContainText("peer: school");
  });

  test("the page shows what waits in the drop folder and what was refused there", async ({ page, owner, server, settings }) => {
    await server.run("user", "make-admin", owner.username);
    const folder = settings.SMARTCACHE_BUNDLE_IN!;
    mkdirSync(join(folder, "refused"));
    writeFileSync(join(folder, "sc1_school_hq_000001_1of1.scb"), "half copied");
    writeFileSync(join(folder, "notes.txt"), "hello");
    writeFileSync(join(folder, "refused/sc1_eve_hq_000001_1of1.scb.why.txt"), "no trusted node is called eve\n");
    await open(page, "/admin/bundles");
    const waiting = row(page, "Drop folder", "sc1_school_hq_000001_1of1.scb");
    await expect(waiting).toContainText("11 B");
    await expect(waiting).toContainText("As it is now, it would be refused: this is not a whole volume");
    await expect(page.getByRole("region", { name: "Limits" })).toContainText("Requests per day and site");
    await expect(page.getByText("1 entry is left alone")).toBeVisible();
    await expect(row(page, "Refused there", "sc1_eve_hq_000001_1of1.scb")).toContainText("no trusted node is called eve");
    await expectNoBarriers(page, [360, 1280]);
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("keys are made, a site is trusted and a bundle is exported", async ({ page, owner, server }) => {
      await page.goto("/admin/bundles");
      await expect(page.getByText("This is for administrators of this server.")).toBeVisible();
      await server.run("user", "make-admin", owner.username);
      await page.goto("/admin/bundles");
      await submit(page, page.getByRole("button", { name: "Make the keys of this node" }));
      const gateway = await shownKeys(page);
      const site = await siteKeys(server);
      await page.getByLabel("Its line").fill(site.line);
      await page.getByLabel("Its fingerprint").fill("1");
      await submit(page, page.getByRole("button", { name: "Trust the node" }));
      await expectMarked(page.getByLabel("Its fingerprint"), /This is not the fingerprint of the line/);
      await expect(page.getByLabel("Its line")).toHaveValue(site.line);
      await page.getByLabel("Its fingerprint").fill(site.fingerprint);
      await submit(page, page.getByRole("button", { name: "Trust the node" }));
      await submit(page, page.getByRole("button", { name: "Export for school" }));
      await expect(page.getByRole("link", { name: "Download sc1_hq_school_000001_1of1.scb" })).toBeVisible();
      await expect(page.getByText("Without JavaScript, put the volumes into the folder of SMARTCACHE_BUNDLE_IN")).toBeVisible();
      const volume = await volumeOfSite(server, gateway);
      copyFileSync(volume, join(server.data, basename(volume)));
      await server.run("bundle", "--role", "gateway", "--node", "hq", "import", join(server.data, basename(volume)));
      await page.reload();
      await expect(row(page, "Latest bundles", "From school: bundle 1, volume 1 of 1")).toContainText("Done");
    });
  });
});

test("a server that is alone says how to give it a part", async ({ page, owner, server }) => {
  await server.run("user", "make-admin", owner.username);
  await open(page, "/admin/bundles");
  await expect(page.getByText("Start it with SMARTCACHE_ROLE=gateway where it has a network")).toBeVisible();
  await expect(page.getByRole("button", { name: "Export now" })).toHaveCount(0);
});
