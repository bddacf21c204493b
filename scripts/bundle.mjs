// Plan of the files that pages load: pieces that pages share are bundled, so that a page needs few requests and
// little that it does not use.
import { statSync } from "node:fs";
import { join } from "node:path";
import { anneal } from "./anneal.mjs";

/** Most bundles of a page: with the program, its JavaScript and the loader, eight requests. */
const MOST = 5;
/** Parts of pages, loaded when they are needed. */
const PARTS = { personal: 0, overlay: 0.2, player_sheet: 0.2, first_step: 0.2, offline: 0.2 };
/** Pages that few users open, and seldom. */
const RARE = Object.fromEntries(["announcements", "audit", "bundles", "invites", "jobs", "limits", "managed_sources", "step_up", "system", "users"].map((page) => [page, 0.2]));
/** Weight of a byte in a page: those that are opened first count more. */
const WEIGHTS = { login: 50, register: 50, dashboard: 3, downloads: 2, item: 2, ...RARE, ...PARTS };
/** What is loaded without the frame: pages of strangers, and what the shell has. All others need the pieces of FRAME too. */
const STRANGERS = ["login", "register", "offline", "player_sheet"];
const FRAME = "personal";
/** Bytes that one request costs, to try: the plan with the fewest weighted bytes wins. */
const REQUESTS = Array.from({ length: 24 }, (_, n) => Math.round(10_000 * 1.3 ** n));

/**
 * Bundles the pieces that each lazy function needs. Returns the functions, and bundles with their pieces, pages and
 * file names.
 */
export function bundle(needs, directory) {
  const pages = Object.keys(needs).sort();
  const groups = groupsOf(needs, pages, directory);
  const plans = REQUESTS.map((request) => plan(groups, pages, request));
  const bundles = annealed(plans.reduce((best, one) => (cost(one) < cost(best) ? one : best)), groups, pages);
  bundles.sort((a, b) => b.pages.size - a.pages.size || b.size - a.size);
  bundles.forEach((one, n) => (one.file = `smartcache-${n}`));
  return { pages, bundles };
}

/** The plan after annealing. */
function annealed(plan, groups, pages) {
  const numbered = groups.map((group) => ({ size: group.size, pages: [...group.pages].map((page) => pages.indexOf(page)) }));
  const places = groups.map((group) => plan.findIndex((one) => one.pieces.includes(group.pieces[0])));
  const limits = pages.map((page) => (page in PARTS ? pages.length : MOST));
  const weights = pages.map((page) => WEIGHTS[page] ?? 1);
  const bundles = [];
  anneal(numbered, places, weights, limits).forEach((place, n) => {
    bundles[place] = bundles[place] ? merge(bundles[place], groups[n]) : groups[n];
  });
  return bundles.filter(Boolean);
}

/** Pieces that the same pages need. They always go together. */
function groupsOf(needs, pages, directory) {
  const users = new Map();
  for (const page of pages) {
    const its = STRANGERS.includes(page) ? needs[page] : [...needs[page], ...needs[FRAME]];
    for (const piece of new Set(its)) users.set(piece, [...(users.get(piece) ?? []), page]);
  }
  const groups = new Map();
  for (const [piece, its] of [...users].sort()) {
    const size = statSync(join(directory, `${piece}.wasm`)).size;
    const one = { pieces: [piece], pages: new Set(its), size };
    groups.set(its.join(), groups.has(its.join()) ? merge(groups.get(its.join()), one) : one);
  }
  return [...groups.values()];
}

/** Merges the pair that saves the most while it saves anything, then in pages with too many bundles. */
function plan(groups, pages, request) {
  let bundles = groups;
  const join = (a, b) => {
    const both = merge(a, b);
    bundles = [...bundles.filter((one) => one !== a && one !== b), both];
    return both;
  };
  const partners = new Map();
  const court = (one, others) => partners.set(one, best(others.map((other) => [one, other]), request));
  bundles.forEach((one, n) => court(one, bundles.slice(0, n)));
  for (;;) {
    const [gain, a, b] = bundles.map((one) => partners.get(one)).reduce((most, one) => (one[0] > most[0] ? one : most));
    if (!(gain > 0)) break;
    const both = join(a, b);
    bundles.forEach((one, n) => [a, b].includes(partners.get(one)?.[2]) && court(one, bundles.slice(0, n)));
    court(both, bundles.slice(0, -1));
  }
  for (;;) {
    const crowded = pages.filter((page) => bundles.filter((one) => one.pages.has(page)).length > MOST);
    if (!crowded.length) return bundles;
    const pairs = bundles.flatMap((a, n) => bundles.slice(0, n).map((b) => [a, b]));
    const [, a, b] = best(pairs.filter(([a, b]) => crowded.some((page) => a.pages.has(page) && b.pages.has(page))), request);
    join(a, b);
  }
}

function merge(a, b) {
  return { pieces: [...a.pieces, ...b.pieces], pages: new Set([...a.pages, ...b.pages]), size: a.size + b.size };
}

/** Weighted bytes that all pages load. */
function cost(bundles) {
  return bundles.reduce((sum, one) => sum + one.size * weight(one, () => true), 0);
}

/** Weight of the pages that need a bundle and for which `counts` is true. */
function weight(bundle, counts) {
  return [...bundle.pages].filter(counts).reduce((sum, page) => sum + (WEIGHTS[page] ?? 1), 0);
}

/** Bytes saved by merging two bundles, in requests, minus those that pages would load without need. */
function gainOf(a, b, request) {
  const alone = (one, other) => weight(one, (page) => !other.pages.has(page));
  return request * weight(a, (page) => b.pages.has(page)) - a.size * alone(b, a) - b.size * alone(a, b);
}

/** Returns the gain of the best pair, and the pair. */
function best(pairs, request) {
  let most = [-Infinity];
  for (const [a, b] of pairs) {
    const gain = gainOf(a, b, request);
    if (gain > most[0]) most = [gain, a, b];
  }
  return most;
}
