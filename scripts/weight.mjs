// weight.mjs [PKG]: what each page loads first, in kB of Brotli and requests for code, against the limits. Exits with 1
// if a page is above its limit. PKG is the directory of a build; by default that of target/site.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const site = "target/site/pkg";
const directory = process.argv[2] ?? join(site, readFileSync(join(site, "current"), "utf8").trim());
const LIMITS = JSON.parse(readFileSync("scripts/weight.json", "utf8"));

const kilobytes = (file) => statSync(join(directory, `${file}.br`)).size / 1000;
const sum = (files) => files.reduce((total, file) => total + kilobytes(file), 0);
const pieces = JSON.parse(readFileSync(join(directory, "__wasm_split_manifest.json"), "utf8"));
const loader = "__wasm_split.______________________.js";
const base = ["smartcache.js", "smartcache.wasm", loader];
/** Pages of visitors who may not be signed in: without the frame. */
const STRANGERS = ["login", "register"];

const failures = [];
const row = (what, kB, limit, requests) => {
  const text = `${what.padEnd(14)} ${kB.toFixed(1).padStart(7)} kB of ${String(limit).padStart(5)}`;
  console.log(requests ? `${text}  ${requests} requests` : text);
  if (kB > limit) failures.push(`${what}: ${kB.toFixed(1)} kB, limit ${limit}`);
  if (requests > LIMITS.requests) failures.push(`${what}: ${requests} requests, limit ${LIMITS.requests}`);
};

row("main", kilobytes("smartcache.wasm"), LIMITS.main);
for (const [page, own] of Object.entries(pieces)) {
  if (!existsSync(`app/src/pages/${page}.rs`)) continue;
  const all = STRANGERS.includes(page) ? own : [...new Set([...own, ...pieces.personal])];
  const files = [...base, ...all.map((piece) => `${piece}.wasm`)];
  row(page, sum(files), LIMITS.pages[page] ?? LIMITS.page, files.length);
}
const isOfWorker = (file) => file.startsWith("device");
const programs = readdirSync(directory).filter((file) => /\.(wasm|js)$/.test(file));
row("all", sum(programs.filter((file) => !isOfWorker(file))), LIMITS.all);
row("device worker", sum(programs.filter(isOfWorker)), LIMITS.worker);
if (failures.length) {
  console.error(`too heavy:\n  ${failures.join("\n  ")}`);
  process.exitCode = 1;
}
