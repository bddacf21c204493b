// Checks that tests executed every statement on SQLite and on PostgreSQL: node scripts/statements.mjs SEEN. SEEN is the
// file to which crates/sql appends `database path:line` for each call.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const databases = ["sqlite", "postgres"];
/** Calls on one database alone, with the reason. */
const alone = [
  // Claims and users are locked; SQLite has one writer anyway.
  ["pg_advisory_xact_lock", ["postgres"]],
  ["UPDATE account SET event_seq = event_seq WHERE", ["postgres"]],
  ["ORDER BY id FOR UPDATE", ["postgres"]],
  // SQLite has no statistics by which it would choose an index.
  ["SELECT COUNT(*) FROM (SELECT 1 FROM item x", ["sqlite"]],
  // Windows of rows keep PostgreSQL from sorting all hits.
  ["SELECT COALESCE(MAX(id) + 1, 0) FROM {table}", ["postgres"]],
];

const seen = new Set(readFileSync(process.argv[2], "utf8").split("\n"));
const files = execFileSync("git", ["ls-files", "domain/src/db", "domain/src/db.rs", "crates/jobs/src"], { encoding: "utf8" });
let calls = 0;
const unseen = [];
for (const file of files.trim().split("\n").filter((file) => file.endsWith(".rs") && !/tests\.rs$|\/tests\//.test(file))) {
  const lines = readFileSync(file, "utf8").replace(/\n#\[cfg\(test\)\][\s\S]*$/, "\n").split("\n");
  lines.forEach((line, at) => {
    if (/^\s*\/\/|\bfn /.test(line) || !/(?<![.\w])(sql::)?(all|one|values|value|execute)(::<.*?>)?\(/.test(line)) return;
    // The call of a statement has the database as its first argument.
    const rest = lines.slice(at, at + 3).join(" ");
    if (!/(?<![.\w])(all|one|values|value|execute)(::<[^(]*>)?\(\s*(&\*?\*?)?(db|txn|work|self\.db|conn)\b/.test(rest)) return;
    calls += 1;
    const near = lines.slice(Math.max(0, at - 6), at + 1).join(" ");
    const wanted = alone.find(([text]) => near.includes(text))?.[1] ?? databases;
    for (const database of wanted) {
      if (!seen.has(`${database} ${file}:${at + 1}`)) unseen.push(`${file}:${at + 1} on ${database}: ${line.trim()}`);
    }
  });
}
console.log(`${calls} statements, ${unseen.length} not executed by any test`);
unseen.forEach((one) => console.log(`  ${one}`));
process.exit(unseen.length > 0 ? 1 : 0);
