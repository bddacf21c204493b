// Measures copies on the device with a server of the given build: scripts/bench-device.mjs BINARY SITE. ROUNDS, KILLS and
// SESSIONS set how often, PARTS which of "copy cold kills sessions". Prints Markdown tables.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureColdStarts } from "./bench/device-cold.mjs";
import { measureCopies } from "./bench/device-copy.mjs";
import { measureKills } from "./bench/device-kills.mjs";
import { EPISODES, measureSessions } from "./bench/device-sessions.mjs";
import { BIG, fetched, rest, serveEpisodes, small } from "./bench/device.mjs";
import { Gateway } from "./bench/gateway.mjs";
import { median, quantile, register, start, subscribe } from "./bench/server.mjs";

const number = (name, usual) => Number(process.env[name] || usual);
const [rounds, kills, sessions] = [number("ROUNDS", 5), number("KILLS", 15), number("SESSIONS", 1_000)];
const parts = (process.env.PARTS || "copy cold kills sessions").split(" ");
const table = (head, rows) => console.log(`| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`);

function tellCopies({ alone, ours, written, curl, hashed, memoryAlone, memoryOurs }) {
  const base = median(alone);
  const row = (what, times, memory, aim = "") => [
    what, `${median(times).toFixed(2)} s`, (median(times) / base).toFixed(2), memory ? `${median(memory).toFixed(0)} MB` : "", aim,
  ];
  table(["200 MB, medians", "time", "ratio", "memory of the page above idle, at most", "aim"], [
    row("fetched and written by a worker of a few lines, without a check", alone, memoryAlone),
    row("SmartCache: fetched, written, read back, hashed, recorded", ours, memoryOurs, "1.5 · 64 MB"),
    row("of that fetched and written, with a mark each 8 MiB", written),
    row("curl into a file", curl),
    row("curl, then sha256sum", hashed),
  ]);
}

function tellColdStarts({ device, server }) {
  const list = (of) => `${median(of.map((it) => it.list)).toFixed(0)} ms`;
  const sound = (of) => `${median(of.map((it) => it.sound)).toFixed(0)} ms`;
  const seeks = (of) => {
    const times = of.flatMap((it) => it.times);
    return `${median(times).toFixed(0)} · ${quantile(times, 0.95).toFixed(0)} ms`;
  };
  const row = (what, tell, aim) => [what, tell(device), tell(server), aim];
  table([`browser just started, medians of ${device.length}`, "from the device, server dead", "from the server on loopback", "aim"], [
    row("from the navigation to the list", list, "1,000 ms"),
    row("from the click until it plays", sound, "500 ms"),
    row("far seeks in 200 MB, median · p95", seeks, "100 ms p95"),
  ]);
}

function tellKills({ count, sent, anew, wrong, again, most, all }) {
  table([`${count} copies of 200 MB, each killed once: tab, page's process and browser in turn`, "figure", "aim"], [
    ["copies with wrong bytes, or files left over", wrong, 0],
    ["bytes that reached the disk by bytes of the files", ((all + again) / all).toFixed(3), "1.02"],
    ["bytes sent, with those in sockets, by bytes of the files", (sent / all).toFixed(3), ""],
    ["the same if each began anew, as a download without resume", (anew / all).toFixed(3), ""],
    ["on the disk and fetched again, at most for one copy", `${(most / 1_048_576).toFixed(1)} MiB`, "8 MiB"],
  ]);
}

function tellSessions({ sessions, kills, unstored, lost, positions }) {
  table([`${sessions} sessions without the server, ${kills} of them killed within 60 ms after a seek`, "figure", "aim"], [
    ["lost, though the device had stored them or had five seconds for it", lost, 0],
    ["killed before the device had stored them, and lost", unstored, ""],
    ["episodes whose position on the server is another one", positions, 0],
  ]);
}

const ground = mkdtempSync(join(tmpdir(), "smartcache-device-"));
const origin = await serveEpisodes(EPISODES);
const gateway = await Gateway.create();
const server = await start(join(ground, "data"), { SMARTCACHE_EGRESS_ALLOW: origin.allow });
try {
  const cookie = await register(server.url);
  const ask = rest(server.url, cookie);
  await ask("PUT", "/preferences", { max_storage_mb: 10_000, max_daily_items: 50 });
  await subscribe(server.url, cookie, origin.feed);
  const [big] = await fetched(ask, [BIG]);
  const downloads = await fetched(ask, Array.from({ length: EPISODES }, (_, n) => small(n)));
  await gateway.standBefore(server.url);
  const world = { ground, gateway, server, cookie, ask, url: server.url, download: big, downloads, rounds, kills, sessions };
  if (parts.includes("copy")) tellCopies(await measureCopies(world));
  if (parts.includes("cold")) tellColdStarts(await measureColdStarts(world));
  if (parts.includes("kills")) tellKills(await measureKills(world));
  if (parts.includes("sessions")) tellSessions(await measureSessions(world));
} finally {
  await server.stop();
  origin.close();
  rmSync(ground, { recursive: true, force: true });
}
process.exit(0);
