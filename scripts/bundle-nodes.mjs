// A gateway and a site on loopback, a publisher whose files they exchange, and the medium between them: for the drill and
// the benchmark of bundles.
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createListener } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Downloads of a user, at most those of a day. */
const PER_USER = 50;
const password = "violet-anchor-train-92";
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

export async function until(what, look, seconds = 120) {
  for (let tries = 0; tries < 10 * seconds; tries++) {
    const found = await look();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`${what}: not within ${seconds} seconds`);
}

const freePort = () =>
  new Promise((done) => {
    const probe = createListener().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

/** A publisher of feeds with `files` episodes of `bytes` random bytes, and feeds `/texts-N.xml` of `texts` items without files. */
export async function publish({ files, bytes, texts = 0 }) {
  const noise = Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\0"), randomBytes(bytes)]);
  /** Each episode differs in its first bytes. */
  const episode = (n) => {
    const head = Buffer.from(noise.subarray(0, 64));
    head.writeUInt32BE(n, 16);
    return [head, noise.subarray(64)];
  };
  const rss = (title, items) =>
    `<rss version="2.0"><channel><title>${title}</title>${Array.from(items).join("")}</channel></rss>`;
  const enclosure = (n) => `<enclosure url="${base}/${n}.mp3" length="${noise.length}" type="audio/mpeg"/>`;
  const server = createServer((request, response) => {
    const number = /^\/(\d+)\.mp3$/.exec(request.url)?.[1];
    if (number) {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": noise.length });
      const [head, rest] = episode(Number(number));
      response.write(head);
      response.end(rest);
      return;
    }
    const part = Number(/^\/texts-(\d+)\.xml$/.exec(request.url)?.[1] ?? -1);
    const items = part < 0
      ? Array.from({ length: files }, (_, n) => `<item><guid>${n}</guid><title>Part ${n}</title>${enclosure(n)}</item>`)
      : Array.from({ length: texts }, (_, n) => `<item><guid>${part}-${n}</guid><title>Report ${n} of series ${part}</title><description>${`Observation ${n}. `.repeat(20)}</description></item>`);
    response.writeHead(200, { "content-type": "application/rss+xml" });
    response.end(rss(part < 0 ? "Episodes" : `Reports ${part}`, items));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${server.address().port}`;
  return { server, base, feed: `${base}/feed.xml`, port: server.address().port };
}

/** A node: its data, and its commands. */
class Node {
  constructor(binary, work, name, role, settings) {
    this.binary = binary;
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
      ...settings,
    };
  }

  async run(...command) {
    return (await promisify(execFile)(this.binary, ["bundle", ...command], { env: this.env })).stdout;
  }

  /** Like `run`, with the seconds that it took and the peak of its memory in bytes. */
  async measured(...command) {
    const began = performance.now();
    const child = spawn(this.binary, ["bundle", ...command], { env: this.env, stdio: ["ignore", "ignore", "inherit"] });
    const ended = new Promise((done) => child.once("exit", done));
    let peak = 0;
    const look = setInterval(() => {
      try {
        peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? peak);
      } catch { /* It has just ended. */ }
    }, 5);
    const code = await ended;
    clearInterval(look);
    if (code) throw new Error(`bundle ${command.join(" ")}: exit code ${code}`);
    return { seconds: (performance.now() - began) / 1000, peak: peak * 1024 };
  }

  /** Kills a command after some milliseconds. True if it had not ended before. */
  async killed(ms, ...command) {
    const child = spawn(this.binary, ["bundle", ...command], { env: this.env, stdio: "ignore" });
    const ended = new Promise((done) => child.once("exit", (_, signal) => done(signal === "SIGKILL")));
    const timer = setTimeout(() => child.kill("SIGKILL"), ms);
    const wasKilled = await ended;
    clearTimeout(timer);
    return wasKilled;
  }

  async serve() {
    const address = `127.0.0.1:${await freePort()}`;
    process.once("exit", () => this.process.kill());
    this.process = spawn(this.binary, ["serve"], { env: { ...this.env, SMARTCACHE_ADDR: address }, stdio: ["ignore", "ignore", "inherit"] });
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

  /** Registers a user, whose requests are those that follow. */
  async register(username) {
    this.cookie = undefined;
    const preferences = { max_daily_items: PER_USER, max_storage_mb: 10_000 };
    await this.ask("POST", "/auth/register", { username, password, preferences });
  }

  sql(query) {
    return execFileSync("sqlite3", [join(this.data, "smartcache.db"), query], { encoding: "utf8" }).trim().split("\n").filter(Boolean);
  }

  /** Path of a blob in the store. */
  blob(sha) {
    return join(this.data, "storage/blobs", sha.slice(0, 2), sha.slice(2, 4), sha);
  }

  /** Blobs of the database that are not in the store under their digest. */
  wrongBlobs() {
    const rows = this.sql("SELECT sha256 FROM blob WHERE mime_type LIKE 'audio/%'");
    return rows.filter((sha) => !existsSync(this.blob(sha)) || digest(readFileSync(this.blob(sha))) !== sha);
  }
}

/** A gateway that may fetch from the publisher, a site, and the stick between them. Both know each other's keys. */
export class Exchange {
  static async of(binary, origin) {
    const exchange = new Exchange();
    exchange.work = mkdtempSync(join(tmpdir(), "bundles-"));
    exchange.stick = join(exchange.work, "stick");
    const node = (name, role, settings) => new Node(binary, exchange.work, name, role, settings);
    const gateway = node("town", "gateway", { SMARTCACHE_EGRESS_ALLOW: `127.0.0.1/32:${origin.port}` });
    const site = node("school", "site", {});
    const of = (said, field) => new RegExp(`^${field} +(.*)$`, "m").exec(said)[1];
    const [town, school] = [await gateway.run("keys", "init", "town"), await site.run("keys", "init", "school")];
    await gateway.run("keys", "trust", of(school, "Line"), "--fingerprint", of(school, "Fingerprint"));
    await site.run("keys", "trust", of(town, "Line"), "--fingerprint", of(town, "Fingerprint"));
    await Promise.all([gateway.serve(), site.serve()]);
    await site.register("user-0");
    return Object.assign(exchange, { gateway, site });
  }

  volumes() {
    return readdirSync(this.stick).filter((name) => name.endsWith(".scb"));
  }

  clear() {
    rmSync(this.stick, { recursive: true, force: true });
    mkdirSync(this.stick);
  }

  /** Carries what a node has to tell to another. */
  async carry(from, to) {
    this.clear();
    const said = await from.run("export", "--out", this.stick);
    await to.run("import", this.stick).catch((error) => {
      if (error.code !== 3) throw error;
    });
    return said;
  }

  /** Follows feeds at the site, asks for the files of the first, and waits until the gateway has all of them. */
  async prepare({ feeds, files, items }, seconds) {
    const { gateway, site } = this;
    for (const feed_url of feeds) await site.ask("POST", "/subscriptions", { feed_url });
    await this.carry(site, gateway);
    const here = () => Number(site.sql("SELECT COUNT(*) FROM item")[0]);
    await until("the items come", async () => {
      await this.carry(gateway, site);
      return here() >= items;
    }, seconds);
    const episodes = site.sql("SELECT id FROM item WHERE media_url IS NOT NULL").map(Number);
    for (const [n, item_id] of episodes.entries()) {
      if (n > 0 && n % PER_USER === 0) {
        await site.register(`user-${n / PER_USER}`);
        await site.ask("POST", "/subscriptions", { feed_url: feeds[0] });
      }
      await site.ask("POST", "/downloads", { item_id });
    }
    const asked = () => site.sql("SELECT id FROM bundle_request WHERE kind = 'item'").length;
    await until("all files are asked for", () => asked() === files, seconds);
    await this.carry(site, gateway);
    await until("the gateway has all files", () => gateway.sql("SELECT sha256 FROM peer_file").length === files, seconds);
  }
}
