// Kills the export and the import of bundles with SIGKILL, again and again: drill-bundles.mjs BINARY [KILLS].
// A gateway and a site on loopback; the site asks for files that a publisher of this process has. Half of the kills hit
// the export, the others the import. Fails if a volume under its true name is not whole, if a blob in the store or of a
// ready download is not its digest, or if what was killed does not end well at last.
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createListener } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const [program, kills = "200"] = process.argv.slice(2);
const binary = resolve(program);
const half = Math.ceil(Number(kills) / 2);
const FILES = 12;
const BYTES = 3_000_000;
const password = "violet-anchor-train-92";

const work = mkdtempSync(join(tmpdir(), "bundles-"));
const stick = join(work, "stick");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function until(what, look) {
  for (let tries = 0; tries < 1_200; tries++) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`${what}: not within two minutes`);
}

const freePort = () =>
  new Promise((done) => {
    const probe = createListener().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

/** A publisher with episodes of random bytes. */
async function publish() {
  const episodes = Array.from({ length: FILES }, () => Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\0"), randomBytes(BYTES)]));
  const server = createServer((request, response) => {
    const number = /^\/(\d+)\.mp3$/.exec(request.url)?.[1];
    if (number) {
      const bytes = episodes[Number(number)];
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": bytes.length }).end(bytes);
      return;
    }
    const items = episodes.map(
      (bytes, n) =>
        `<item><guid>${n}</guid><title>Part ${n}</title><enclosure url="${site}/${n}.mp3" length="${bytes.length}" type="audio/mpeg"/></item>`,
    );
    response.writeHead(200, { "content-type": "application/rss+xml" });
    response.end(`<rss version="2.0"><channel><title>Kills</title>${items.join("")}</channel></rss>`);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const site = `http://127.0.0.1:${server.address().port}`;
  return { server, feed: `${site}/feed.xml`, port: server.address().port };
}

/** A node: its data, and its commands. */
class Node {
  constructor(name, role, allow) {
    this.name = name;
    this.data = join(work, name);
    this.env = {
      PATH: process.env.PATH,
      SMARTCACHE_DATA_DIR: this.data,
      SMARTCACHE_ROLE: role,
      SMARTCACHE_NODE: name,
      SMARTCACHE_SITE: join(import.meta.dirname, "../server/tests/http/site"),
      SMARTCACHE_ITUNES_URL: "",
      SMARTCACHE_REQUEST_LIMITS: "off",
      SMARTCACHE_LOG: "error",
      ...(allow && { SMARTCACHE_EGRESS_ALLOW: allow }),
    };
  }

  async run(...command) {
    return (await promisify(execFile)(binary, ["bundle", ...command], { env: this.env })).stdout;
  }

  /** Kills a command after some milliseconds. True if it had not ended before. */
  async killed(ms, ...command) {
    const child = spawn(binary, ["bundle", ...command], { env: this.env, stdio: "ignore" });
    const ended = new Promise((done) => child.once("exit", (_, signal) => done(signal === "SIGKILL")));
    const timer = setTimeout(() => child.kill("SIGKILL"), ms);
    const wasKilled = await ended;
    clearTimeout(timer);
    return wasKilled;
  }

  async serve() {
    const address = `127.0.0.1:${await freePort()}`;
    this.process = spawn(binary, ["serve"], { env: { ...this.env, SMARTCACHE_ADDR: address }, stdio: ["ignore", "ignore", "inherit"] });
    this.url = `http://${address}`;
    await until("the server is ready", () => fetch(`${this.url}/ready`).then((answer) => answer.ok, () => false));
  }

  async end() {
    const gone = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await gone;
  }

  async ask(method, path, body) {
    const headers = { cookie: this.cookie ?? "", origin: this.url, "content-type": "application/json" };
    const answer = await fetch(`${this.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    this.cookie ??= answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  sql(query) {
    return execFileSync("sqlite3", [join(this.data, "smartcache.db"), query], { encoding: "utf8" }).trim().split("\n").filter(Boolean);
  }

  /** Blobs of the database that are not in the store under their digest. */
  wrongBlobs() {
    const rows = this.sql("SELECT sha256 FROM blob WHERE mime_type LIKE 'audio/%'");
    const path = (sha) => join(this.data, "storage/blobs", sha.slice(0, 2), sha.slice(2, 4), sha);
    return rows.filter((sha) => !existsSync(path(sha)) || digest(readFileSync(path(sha))) !== sha);
  }
}

const volumes = () => readdirSync(stick).filter((name) => name.endsWith(".scb"));
const clear = () => {
  rmSync(stick, { recursive: true, force: true });
  mkdirSync(stick);
};

/** Carries what a node has to tell to another. */
async function carry(from, to) {
  clear();
  const said = await from.run("export", "--out", stick);
  await to.run("import", stick).catch((error) => {
    if (error.code !== 3) throw error;
  });
  return said;
}

const origin = await publish();
const gateway = new Node("town", "gateway", `127.0.0.1/32:${origin.port}`);
const site = new Node("school", "site");
const of = (said, field) => new RegExp(`^${field} +(.*)$`, "m").exec(said)[1];
const [town, school] = [await gateway.run("keys", "init", "town"), await site.run("keys", "init", "school")];
await gateway.run("keys", "trust", of(school, "Line"), "--fingerprint", of(school, "Fingerprint"));
await site.run("keys", "trust", of(town, "Line"), "--fingerprint", of(town, "Fingerprint"));

await Promise.all([gateway.serve(), site.serve()]);
const preferences = { max_daily_items: 50, max_storage_mb: 10_000 };
await site.ask("POST", "/auth/register", { username: "ada", password, preferences });
await site.ask("POST", "/subscriptions", { feed_url: origin.feed });
await carry(site, gateway);
const items = await until("the items come", async () => {
  await carry(gateway, site);
  const { data } = await site.ask("GET", "/items?limit=100");
  return data.length === FILES && data;
});
for (const item of items) await site.ask("POST", "/downloads", { item_id: item.id });
await until("all files are asked for", () => site.sql("SELECT id FROM bundle_request WHERE kind = 'item'").length === FILES);
await carry(site, gateway);
await until("the gateway has all files", async () => gateway.sql("SELECT sha256 FROM peer_file").length === FILES);
await Promise.all([gateway.end(), site.end()]);

const result = { kills: { export: 0, import: 0 }, half_volumes: 0, wrong_blobs: 0, ended: { export: false, import: false } };

clear();
let began = Date.now();
await gateway.run("export", "--out", stick, "--full", "--volume-mb", "10");
const exportMs = Date.now() - began;
for (let tries = 0; result.kills.export < half && tries < 4 * half; tries++) {
  clear();
  if (await gateway.killed(Math.random() * exportMs, "export", "--out", stick, "--full", "--volume-mb", "10")) result.kills.export++;
  for (const name of volumes()) {
    const { signed } = await site.run("inspect", join(stick, name), "--json").then(() => ({ signed: true }), () => ({ signed: false }));
    if (!signed) result.half_volumes++;
  }
}
clear();
const said = await gateway.run("export", "--out", stick, "--full", "--volume-mb", "10");
result.ended.export = said.includes(`${FILES} files`);

const before = join(work, "school-before");
cpSync(site.data, before, { recursive: true });
const restore = () => {
  rmSync(site.data, { recursive: true });
  cpSync(before, site.data, { recursive: true });
};
began = Date.now();
await site.run("import", stick);
const importMs = Date.now() - began;
restore();
for (let tries = 0; result.kills.import < half && tries < 4 * half; tries++) {
  // Each kill goes on from where the one before has left it, until an import ends.
  if (await site.killed(Math.random() * importMs, "import", stick)) result.kills.import++;
  else restore();
  result.wrong_blobs += site.wrongBlobs().length;
}
await site.run("import", stick).catch((error) => {
  if (error.code !== 3) throw error;
});
await site.serve();
const ready = await until("all downloads are ready", async () => {
  const { data } = await site.ask("GET", "/downloads?limit=100&status=ready");
  return data.length === FILES && data;
});
result.ended.import = ready.length === FILES;
result.wrong_blobs += site.wrongBlobs().length;
await site.end();
origin.server.close();
console.log(JSON.stringify({ ...result, files: FILES, export_ms: exportMs, import_ms: importMs }, null, 2));
const isWell = result.ended.export && result.ended.import && result.half_volumes + result.wrong_blobs === 0;
const isEnough = result.kills.export >= half && result.kills.import >= half;
if (isWell && isEnough) rmSync(work, { recursive: true });
else console.log(`What is left lies in ${work}`);
process.exit(isWell && isEnough ? 0 : 1);
