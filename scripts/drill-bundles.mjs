// Kills the export and the import of bundles with SIGKILL, again and again: drill-bundles.mjs BINARY [KILLS].
// A gateway and a site on loopback; the site asks for files that a publisher of this process has. Half of the kills hit
// the export, the others the import. Fails if a volume under its true name is not whole, if a blob in the store or of a
// ready download is not its digest, or if what was killed does not end well at last.
import { cpSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Exchange, publish, until } from "./bundle-nodes.mjs";

const [program, kills = "200"] = process.argv.slice(2);
const half = Math.ceil(Number(kills) / 2);
const FILES = 12;

const origin = await publish({ files: FILES, bytes: 3_000_000 });
const exchange = await Exchange.of(resolve(program), origin);
const { gateway, site } = exchange;
await exchange.prepare({ feeds: [origin.feed], files: FILES, items: FILES });
await Promise.all([gateway.end(), site.end()]);

const result = { kills: { export: 0, import: 0 }, half_volumes: 0, wrong_blobs: 0, ended: { export: false, import: false } };

exchange.clear();
let began = Date.now();
await gateway.run("export", "--out", exchange.stick, "--full", "--volume-mb", "10");
const exportMs = Date.now() - began;
for (let tries = 0; result.kills.export < half && tries < 4 * half; tries++) {
  exchange.clear();
  if (await gateway.killed(Math.random() * exportMs, "export", "--out", exchange.stick, "--full", "--volume-mb", "10")) result.kills.export++;
  for (const name of exchange.volumes()) {
    const { signed } = await site.run("inspect", join(exchange.stick, name), "--json").then(() => ({ signed: true }), () => ({ signed: false }));
    if (!signed) result.half_volumes++;
  }
}
exchange.clear();
const said = await gateway.run("export", "--out", exchange.stick, "--full", "--volume-mb", "10");
result.ended.export = said.includes(`${FILES} files`);

const before = join(exchange.work, "school-before");
cpSync(site.data, before, { recursive: true });
const restore = () => {
  rmSync(site.data, { recursive: true });
  cpSync(before, site.data, { recursive: true });
};
began = Date.now();
await site.run("import", exchange.stick);
const importMs = Date.now() - began;
restore();
for (let tries = 0; result.kills.import < half && tries < 4 * half; tries++) {
  // Each kill goes on from where the one before has left it, until an import ends.
  if (await site.killed(Math.random() * importMs, "import", exchange.stick)) result.kills.import++;
  else restore();
  result.wrong_blobs += site.wrongBlobs().length;
}
await site.run("import", exchange.stick).catch((error) => {
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
if (isWell && isEnough) rmSync(exchange.work, { recursive: true });
else console.log(`What is left lies in ${exchange.work}`);
process.exit(isWell && isEnough ? 0 : 1);
