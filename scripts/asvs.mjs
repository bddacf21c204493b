// Counts the verdicts of the security audit, and fails if a test, file or setting that it names as evidence does not exist:
// node scripts/asvs.mjs. Evidence is in the columns "Evidence" of docs/security.md and docs/security/*.md, in backticks:
// a test function, a path, a setting, or `path › text that the file has`. † is what comes with roles and API keys.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

const VERDICTS = ["met", "met †", "met at level 1", "not met", "not applicable", "not checked"];
/** Requirements of ASVS 5.0.0 at levels 1 and 2. */
const EXPECTED = { 1: 70, 2: 183 };
const RIGHTS = "docs/rights.md";

const errors = [];
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" }).trim().split("\n");
const isTest = /#\[(tokio::)?test\b|#\[both_databases|\btest\(|proptest!/;
const tests = new Set(tracked.filter((file) => file.endsWith(".rs") && existsSync(file)).flatMap(testsOf));
const settings = readFileSync("README.md", "utf8");
const hasRights = existsSync(RIGHTS);
const rows = documents().flatMap(rowsOf);
rows.forEach(check);
report(rows.filter((row) => row.verdict !== undefined));
errors.forEach((error) => console.log(`  ${error}`));
process.exit(errors.length > 0 ? 1 : 0);

function documents() {
  return ["docs/security.md", ...readdirSync("docs/security").filter((file) => file.endsWith(".md")).map((file) => `docs/security/${file}`)];
}

/** Names of a file's functions behind an attribute of a test. */
function testsOf(file) {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line, at) => {
    const name = /\bfn ([a-z0-9_]+)/.exec(line)?.[1];
    return name && isTest.test(lines.slice(Math.max(0, at - 4), at).join("\n")) ? [name] : [];
  });
}

/** Rows of a document's tables that have a column of evidence. */
function rowsOf(document) {
  let columns = null;
  return readFileSync(document, "utf8").split("\n").flatMap((line, at) => {
    if (!line.startsWith("|")) columns = null;
    if (columns === null || !line.startsWith("| ")) {
      if (line.startsWith("| ") && /\| Evidence \|/.test(line)) columns = cells(line);
      return [];
    }
    const row = cells(line);
    const where = `${document}:${at + 1}`;
    if (row.length !== columns.length) errors.push(`${where}: ${row.length} columns in place of ${columns.length}`);
    const of = (name) => (columns.includes(name) ? row[columns.indexOf(name)] : undefined);
    return [{ where, number: of("#"), level: of("L"), verdict: of("Verdict"), evidence: of("Evidence") ?? "" }];
  });
}

function cells(line) {
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}

function check({ where, verdict, evidence }) {
  const named = [...evidence.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  if (verdict !== undefined && !VERDICTS.includes(verdict)) errors.push(`${where}: "${verdict}" is no verdict`);
  if (verdict?.startsWith("met") && named.length === 0) errors.push(`${where}: ${verdict}, and no evidence`);
  if (verdict?.startsWith("not") && evidence === "") errors.push(`${where}: ${verdict}, and no reason`);
  // The row waits for what comes with roles and keys, so its evidence may be missing until then.
  if (evidence.includes("†") && !hasRights) return;
  for (const name of named) if (!exists(name)) errors.push(`${where}: \`${name}\` does not exist`);
}

function exists(name) {
  const [file, text] = name.split(" › ");
  if (text !== undefined) return existsSync(file) && readFileSync(file, "utf8").includes(text);
  if (name.startsWith("SMARTCACHE_")) return settings.includes(name);
  return /^[a-z0-9_]+$/.test(name) ? tests.has(name) : existsSync(name);
}

function report(audited) {
  const isMet = (row, level) => row.verdict === "met" || (row.verdict === "met †" && hasRights) || (level === 1 && row.verdict === "met at level 1");
  for (const level of [1, 2]) {
    const own = audited.filter((row) => Number(row.level) === level);
    if (new Set(own.map((row) => row.number)).size !== EXPECTED[level] || own.length !== EXPECTED[level])
      errors.push(`level ${level}: ${own.length} rows in place of ${EXPECTED[level]}`);
    const applicable = own.filter((row) => row.verdict !== "not applicable");
    const failing = applicable.filter((row) => !isMet(row, level));
    const share = ((applicable.length - failing.length) / applicable.length) * 100;
    console.log(`level ${level}: ${own.length} requirements, ${own.length - applicable.length} not applicable, ${applicable.length - failing.length} met (${share.toFixed(1)} %), ${failing.length} failing`);
    if (failing.length > 0) console.log(`  ${failing.map((row) => row.number).join(" ")}`);
  }
  const all = audited.filter((row) => row.verdict !== "not applicable");
  const met = all.filter((row) => isMet(row, 2)).length;
  console.log(`both: ${met} of ${all.length} met (${((met / all.length) * 100).toFixed(1)} %)${hasRights ? "" : "; what is marked † counts as not met"}`);
}
