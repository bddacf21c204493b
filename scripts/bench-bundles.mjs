// Whole exports and imports by the commands, with databases, records and files, beside `sha256sum` and `cp` of the same
// bytes: bench-bundles.mjs BINARY [FILES] [MEGABYTES] [THOUSANDS OF ITEMS] [ROUNDS]. Rows are in the form of
// docs/benchmarks.md.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Exchange, publish } from "./bundle-nodes.mjs";

const [program, ...numbers] = process.argv.slice(2);
const [files = 100, megabytes = 20, thousands = 20, rounds = 3] = numbers.map(Number);
const TIMEOUT_SECONDS = 30 * 60;
/** Items of a feed. */
const PER_FEED = 1_000;

const seconds = (work) => {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
};
const shell = (command, ...args) => execFileSync("bash", ["-c", command, "bash", ...args]);
const fixed = (number, digits = 2) => number.toFixed(digits);

const origin = await publish({ files, bytes: megabytes * 1_000_000, texts: PER_FEED });
const exchange = await Exchange.of(resolve(program), origin);
const { gateway, site, stick, work } = exchange;
const feeds = [origin.feed, ...Array.from({ length: thousands }, (_, n) => `${origin.base}/texts-${n}.xml`)];
await exchange.prepare({ feeds, files, items: files + thousands * PER_FEED }, TIMEOUT_SECONDS);
await Promise.all([gateway.end(), site.end()]);
origin.server.close();

const blobs = join(work, "blobs");
mkdirSync(blobs);
for (const sha of gateway.sql("SELECT DISTINCT sha256 FROM peer_file")) cpSync(gateway.blob(sha), join(blobs, sha));
const before = join(work, "school-before");
cpSync(site.data, before, { recursive: true });
const idle = Math.max((await gateway.measured("status")).peak, (await site.measured("status")).peak);
const above = (peak) => fixed(Math.max(0, peak - idle) / 1e6, 1);

console.log(`${files} files of ${megabytes} MB, ${thousands},000 items; a command that does nothing takes ${fixed(idle / 1e6, 1)} MB at most`);
console.log("| round | `sha256sum` + `cp` | export | ratio | MB above idle | import | ratio | MB above idle |\n|---|---|---|---|---|---|---|---|");
for (let round = 1; round <= rounds; round++) {
  exchange.clear();
  shell("sync");
  const sums = seconds(() => shell('cd "$1" && sha256sum -- *', blobs));
  const copy = seconds(() => shell('mkdir "$2" && cp -- "$1"/* "$2" && sync -f "$2"', blobs, join(work, "copy")));
  rmSync(join(work, "copy"), { recursive: true });
  const both = sums + copy;
  const made = await gateway.measured("export", "--out", stick, "--full", "--no-read-back");
  const taken = await site.measured("import", stick);
  const wrong = site.wrongBlobs().length;
  const here = site.sql("SELECT sha256 FROM blob WHERE mime_type LIKE 'audio/%'").length;
  if (wrong || here !== files) throw new Error(`${here} of ${files} files are here, ${wrong} of them wrong`);
  console.log(`| ${round} | ${fixed(sums, 1)} + ${fixed(copy, 1)} s | ${fixed(made.seconds, 1)} s | ${fixed(both / made.seconds)} | ${above(made.peak)} | ${fixed(taken.seconds, 1)} s | ${fixed(both / taken.seconds)} | ${above(taken.peak)} |`);
  rmSync(site.data, { recursive: true });
  cpSync(before, site.data, { recursive: true });
}
rmSync(work, { recursive: true });
process.exit(0);
