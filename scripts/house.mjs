// Figures of the house: size of each crate, import circles, arrows against the floors, names defined twice, comments.
//
// house.mjs prints them; house.mjs check fails where one is worse than scripts/house.json allows; house.mjs accept
// writes today's figures there. Imports are read from `use` declarations and from paths that begin with `crate::` or
// `super::`; tests do not count.
import { readFileSync, writeFileSync, readdirSync, statSync, existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const limitsFile = join(root, "scripts/house.json");
const crateRoots = { smartcache: "src", domain: "domain/src", app: "app/src", server: "server/src", frontend: "frontend/src", device: "device/src", migrations: "migrations/src" };
for (const name of existsSync(join(root, "crates")) ? readdirSync(join(root, "crates")) : []) crateRoots[name] = `crates/${name}/src`;

/** Floors of the engine, from below. A module imports from its own floor or from lower ones. */
const floors = [
  ["clock", "config", "error", "job_names", "metrics", "secrets", "local_time", "rate_limit", "rights", "ttl_cache"],
  ["audit", "work", "live", "presence", "response_cache"],
  ["accounts", "oidc", "announcements", "api_keys", "channels", "invites", "notifications", "request_limits"],
  ["articles", "catalog", "commute", "personal_feed", "vaults"],
  ["attachments", "devices", "downloads", "exports", "pictures", "history", "artifacts", "collections", "planner", "playback", "ratings", "shares", "tasks"],
  ["models", "quality", "reading"],
  ["agents", "tools"],
  ["runs", "approvals"],
  ["roster", "onboarding", "notify", "bundles", "users", "system"],
  ["backup", "doctor", "job_list", "processes", "start"],
];

const files = Object.entries(crateRoots).flatMap(([crate, path]) => walk(join(root, path)).map((file) => read(crate, path, file)));
const product = files.filter((file) => !file.isTest);

function walk(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path).flatMap((name) => {
    const inner = join(path, name);
    if (statSync(inner).isDirectory()) return walk(inner);
    return name.endsWith(".rs") ? [inner] : [];
  });
}

/** A file with its module path; `code` is without tests at the end, comments and texts. */
function read(crate, path, file) {
  const text = readFileSync(file, "utf8");
  const inner = relative(join(root, path), file).replace(/\.rs$/, "");
  const module = inner === "lib" || inner === "main" ? [] : inner.split("/");
  const isTest = module.includes("tests") || module[0] === "testing" || module.includes("bin");
  const withoutTests = text.replace(/\n#\[cfg\((all\()?test\b[\s\S]*?\bmod tests? \{[\s\S]*$/, "\n");
  const code = withoutTests.replace(/\/\/.*$/gm, "").replace(/"(?:\\.|[^"\\])*"/g, '""');
  return { crate, module, file: relative(root, file), text, code, isTest, lines: text.split("\n").length - 1 };
}

/** Every path that the file names, as absolute module paths. */
function imports(file) {
  const paths = [];
  for (const [, tree] of file.code.matchAll(/\buse\s+([^;]+);/g)) expand(tree.replace(/\s+/g, ""), [], paths);
  for (const [path] of file.code.matchAll(/\b(?:crate|super)(?:::\w+)+/g)) paths.push(path.split("::"));
  return paths.map((path) => absolute(file.module, path)).filter(Boolean);
}

function expand(tree, before, paths) {
  const brace = tree.indexOf("{");
  if (brace < 0) return void paths.push([...before, ...tree.replace(/as\w+$/, "").split("::").filter(Boolean)]);
  const head = tree.slice(0, brace).split("::").filter(Boolean);
  for (const part of split(tree.slice(brace + 1, tree.lastIndexOf("}")))) expand(part, [...before, ...head], paths);
}

function split(list) {
  const parts = [""];
  let depth = 0;
  for (const sign of list) {
    depth += sign === "{" ? 1 : sign === "}" ? -1 : 0;
    if (sign === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += sign;
  }
  return parts.filter(Boolean);
}

function absolute(module, path) {
  let at = module;
  if (path[0] === "crate") return path.slice(1);
  if (path[0] !== "super" && path[0] !== "self") return null;
  let rest = path[0] === "self" ? path.slice(1) : path;
  for (; rest[0] === "super"; rest = rest.slice(1)) at = at.slice(0, -1);
  return [...at, ...rest];
}

/** Arrows from file to file inside one crate. */
function graph(crate) {
  const byModule = new Map(product.filter((file) => file.crate === crate).map((file) => [file.module.join("::"), file]));
  const arrows = new Map([...byModule.values()].map((file) => [file, new Set()]));
  for (const [file, targets] of arrows) {
    for (const path of imports(file)) {
      for (let length = path.length; length > 0; length--) {
        const target = byModule.get(path.slice(0, length).join("::"));
        if (!target) continue;
        if (target !== file) targets.add(target);
        break;
      }
    }
  }
  return arrows;
}

/** Strongly connected components of more than one node (Tarjan 1972). */
function circles(arrows) {
  const index = new Map(), low = new Map(), stack = [], onStack = new Set(), found = [];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    onStack.add(node);
    for (const next of arrows.get(node) ?? []) {
      if (!index.has(next)) visit(next), low.set(node, Math.min(low.get(node), low.get(next)));
      else if (onStack.has(next)) low.set(node, Math.min(low.get(node), index.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    circle.forEach((member) => onStack.delete(member));
    if (circle.length > 1) found.push(circle);
  };
  for (const node of arrows.keys()) if (!index.has(node)) visit(node);
  return found;
}

/** The part of the house that a file belongs to: a capability of the engine, or a folder below the crate. */
const partOf = (file) => (file.module[0] === "engine" ? file.module.slice(0, 2) : file.module.slice(0, 1)).join("::");

function parts(arrows) {
  const between = new Map();
  for (const [from, targets] of arrows) {
    if (!between.has(partOf(from))) between.set(partOf(from), new Set());
    for (const to of targets) {
      // A module's root re-exports its parts; the crate's root and the engine's root stand above all of theirs.
      if (partOf(to) && partOf(to) !== "engine" && partOf(from) !== "engine" && partOf(from) && partOf(from) !== partOf(to)) between.get(partOf(from)).add(partOf(to));
    }
  }
  return between;
}

function upwards(arrows) {
  const floorOf = (part) => floors.findIndex((floor) => floor.includes(part.split("::")[1]));
  const against = [];
  for (const [from, targets] of parts(arrows)) {
    if (!from.startsWith("engine::")) continue;
    for (const to of targets) {
      if (!to.startsWith("engine::")) continue;
      if (floorOf(from) < 0) against.push(`${from} stands on no floor`);
      else if (floorOf(to) > floorOf(from)) against.push(`${from} -> ${to}`);
    }
  }
  return [...new Set(against)].sort();
}

function namesTwice() {
  const places = new Map();
  for (const file of product) {
    for (const [, , name] of file.code.matchAll(/^\s*(?:pub(?:\([^)]*\))? )?(struct|enum|trait|type) ([A-Z]\w+)/gm)) {
      places.set(name, [...(places.get(name) ?? []), file.file]);
    }
  }
  // Associated types of trait implementations are named by the trait.
  for (const name of ["Err", "Item", "Output", "Target", "Context", "Rejection", "Error", "Future", "Response", "Ok", "Data"]) {
    const declared = (places.get(name) ?? []).filter((file) => new RegExp(`^(?:pub(?:\\([^)]*\\))? )?(?:struct|enum|trait|type) ${name}\\b`, "m").test(readFileSync(join(root, file), "utf8")));
    places.set(name, declared);
  }
  return [...places].filter(([, where]) => where.length > 1).sort((a, b) => b[1].length - a[1].length);
}

/** Comment blocks: runs of comment lines. */
function comments(pattern, atBegin) {
  return files.flatMap((file) => {
    const lines = file.text.split("\n").map((line) => line.trim());
    return lines
      .map((line, at) => ({ line, at, isFirst: !/^\/\//.test(lines[at - 1] ?? "") }))
      .filter(({ line, isFirst }) => /^\/\/[/!]? ?/.test(line) && (!atBegin || isFirst) && pattern.test(line.replace(/^\/\/[/!]? ?/, "").replace(/`[^`]*`/g, "")))
      .map(({ at }) => `${file.file}:${at + 1}`);
  });
}

/** Functions of more than so many lines, by indentation: rustfmt closes each where it began. */
function longFunctions(most) {
  return product.flatMap((file) => {
    const lines = file.text.split("\n");
    return lines.flatMap((line, from) => {
      const begin = /^(\s*)(?:pub(?:\([^)]*\))? )?(?:const )?(?:async )?(?:unsafe )?fn (\w+)/.exec(line);
      if (!begin) return [];
      const to = lines.findIndex((other, at) => at > from && (other === `${begin[1]}}` || (at === from + 1 && other.startsWith(`${begin[1]}}`))));
      return to - from + 1 > most ? [`${file.file}:${from + 1} ${begin[2]} ${to - from + 1}`] : [];
    });
  });
}

/** Files that a document names and that are not there. Names with a placeholder and those of the style guide are not meant. */
function missingFiles() {
  const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n").filter((file) => file && existsSync(join(root, file)));
  const documents = tracked.filter((file) => file.endsWith(".md") && !["CHANGELOG.md", "STYLE.md"].includes(file));
  return documents.flatMap((document) =>
    readFileSync(join(root, document), "utf8").split("\n").flatMap((line, at) =>
      [...line.matchAll(/`([a-z][\w./-]+\.(?:rs|mjs|sh|ts|toml|tsv))`/g)].map(([, name]) => name)
        .filter((name) => !name.includes("NNN") && !tracked.some((file) => file === name || file.endsWith(`/${name}`)))
        .map((name) => `${document}:${at + 1} ${name}`)));
}

const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

function figures() {
  const lines = product.reduce((sum, file) => sum + file.lines, 0);
  const shares = Object.keys(crateRoots).map((crate) => {
    const own = product.filter((file) => file.crate === crate);
    const sum = own.reduce((sum, file) => sum + file.lines, 0);
    return { crate, files: own.length, lines: sum, share: sum / lines };
  });
  const engine = product.filter((file) => file.module[0] === "engine").reduce((sum, file) => sum + file.lines, 0);
  const all = Object.keys(crateRoots).map((crate) => ({ crate, arrows: graph(crate) }));
  const between = all.flatMap(({ crate, arrows }) => circles(parts(arrows)).map((circle) => `${crate}: ${circle.join(", ")}`));
  const inside = all.flatMap(({ arrows }) => circles(arrows));
  const lists = {
    "circles of parts": between,
    "arrows against the floors": upwards(all.find(({ crate }) => crate === "smartcache").arrows),
    "type names defined more than once": namesTwice().map(([name, where]) => `${name} ${where.length}: ${where.join(" ")}`),
    "comment blocks that begin with What": comments(/^What\b/, true),
    "comment lines that speak of persons": comments(/\b(person|people|somebody|nobody|whoever)\b/i, false),
    "comment lines above 110 columns": files.flatMap((file) => file.text.split("\n").flatMap((line, at) => (/^ *\/\//.test(line) && [...line].length > 110 ? [`${file.file}:${at + 1}`] : []))),
    "functions above 60 lines": longFunctions(60),
    "files named in documents that do not exist": missingFiles(),
  };
  const counts = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length]));
  counts["files in the largest circle"] = Math.max(0, ...inside.map((circle) => circle.length));
  counts["files above 250 lines"] = product.filter((file) => file.lines > 250).length;
  counts["largest share of one crate, %"] = Math.round(Math.max(...shares.map(({ share }) => share)) * 100);
  return { lines, engine, shares, lists, counts };
}

function show({ lines, engine, shares, lists, counts }) {
  const sizes = product.map((file) => file.lines);
  console.log(`${product.length} files, ${lines} lines; a file has ${quantile(sizes, 0.5)} lines (median), ${quantile(sizes, 0.9)} (p90), ${Math.max(...sizes)} at the most; the engine has ${engine}`);
  for (const { crate, files, lines, share } of shares) console.log(`  ${crate.padEnd(12)} ${String(files).padStart(4)} files ${String(lines).padStart(6)} lines ${Math.round(share * 100)} %`);
  for (const [name, count] of Object.entries(counts)) {
    console.log(`${name}: ${count}`);
    for (const line of process.argv[2] === "all" ? (lists[name] ?? []) : (lists[name] ?? []).slice(0, 3)) console.log(`  ${line}`);
  }
}

const now = figures();
if (process.argv[2] === "accept") {
  writeFileSync(limitsFile, `${JSON.stringify(now.counts, null, 2)}\n`);
} else if (process.argv[2] === "check") {
  const limits = JSON.parse(readFileSync(limitsFile, "utf8"));
  const worse = Object.entries(now.counts).filter(([name, count]) => count > (limits[name] ?? 0));
  for (const [name, count] of worse) {
    console.log(`${name}: ${count}, and at most ${limits[name] ?? 0} are allowed (scripts/house.json)`);
    for (const line of now.lists[name] ?? []) console.log(`  ${line}`);
  }
  process.exitCode = worse.length > 0 ? 1 : 0;
} else {
  show(now);
}
