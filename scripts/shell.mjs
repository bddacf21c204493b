// shell.mjs SITE BUILD: writes the shell that a browser keeps for times without the server, and the service worker that
// keeps it. SITE/pkg/BUILD holds the files of the build.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , site, build] = process.argv;
const pkg = join(site, "pkg", build);
/** Functions of app/src/lazy.rs that the shell calls. */
const PIECES = ["offline", "player_sheet"];

const pieces = JSON.parse(readFileSync(join(pkg, "__wasm_split_manifest.json"), "utf8"));
const code = [...new Set(PIECES.flatMap((piece) => pieces[piece]))].map((piece) => `${piece}.wasm`);
const loader = "__wasm_split.______________________.js";
const packaged = [
  "smartcache.css", "figtree-latin.woff2", "smartcache.js", "smartcache.wasm", loader, ...code,
  "device-worker.js", "device.js", "device_bg.wasm",
];
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const listed = [
  ...packaged.map((name) => [name, `/pkg/${build}/${name}`, hash(readFileSync(join(pkg, name)))]),
  ["favicon.svg", "/favicon.svg", hash(readFileSync(join(site, "favicon.svg")))],
];

const page = readFileSync("device/shell.html", "utf8");
const start = readFileSync("device/start.js", "utf8");
const shell = hash(JSON.stringify([listed, page, start])).slice(0, 16);
const directory = join(site, "_shell", shell);
const own = { "index.html": page.replaceAll("SHELL", shell), "start.js": start };
const files = [...Object.entries(own).map(([name, text]) => [name, `/_shell/${shell}/${name}`, hash(text)]), ...listed];
mkdirSync(directory, { recursive: true });
for (const [name, text] of Object.entries(own)) writeFileSync(join(directory, name), text);
const worker = readFileSync("device/sw.js", "utf8")
  .replace('"/*SHELL*/"', JSON.stringify(shell))
  .replace("/*FILES*/ []", JSON.stringify(files));
writeFileSync(join(site, "sw.js"), worker);
forget();
console.log(`shell ${shell}: ${files.length} files, ${Math.round(weight() / 1000)} kB of Brotli`);

/** Removes shells but this one and the newest other: a server that still runs may serve that one's worker. */
function forget() {
  const all = readdirSync(join(site, "_shell")).filter((name) => name !== shell);
  const age = (name) => statSync(join(site, "_shell", name)).mtimeMs;
  for (const name of all.sort((a, b) => age(b) - age(a)).slice(1)) rmSync(join(site, "_shell", name), { recursive: true });
}

function weight() {
  const path = (name) => (existsSync(join(pkg, `${name}.br`)) ? join(pkg, `${name}.br`) : join(pkg, name));
  return packaged.reduce((sum, name) => sum + statSync(path(name)).size, 0);
}
