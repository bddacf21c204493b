// Lists the crates in the programs as CycloneDX documents, and checks them against Cargo.lock and the dependency
// tree: sbom.mjs DIRECTORY. Needs cargo-cyclonedx.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [directory] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "..");
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
const host = /^host: (.*)$/m.exec(run("rustc", "-vV"))[1];
const wasm = "wasm32-unknown-unknown";
/** Programs of a release: package, its directory, and the target that it is compiled for. */
const programs = [
  { name: "server", crate: "smartcache-server", path: "server", target: host },
  { name: "pages", crate: "smartcache-frontend", path: "frontend", target: wasm },
  { name: "device-worker", crate: "smartcache-device", path: "device", target: wasm },
];
const errors = [];

mkdirSync(directory, { recursive: true });
const checksums = locked();
for (const program of programs) {
  const document = describe(program);
  const needed = compiled(program);
  reduce(document, needed);
  check(program, document, needed);
  writeFileSync(join(directory, `${program.name}.cdx.json`), `${JSON.stringify(document, null, 1)}\n`);
  console.log(`${program.name}.cdx.json: ${document.components.length} crates`);
}
errors.forEach((error) => console.log(`  ${error}`));
process.exit(errors.length > 0 ? 1 : 0);

/** Document of a program. The tool writes one beside the manifest of each member of the workspace. */
function describe({ path, target }) {
  const file = `sbom-${process.pid}`;
  try {
    const tool = ["cyclonedx", "-q", "--format", "json", "--spec-version", "1.5", "--no-build-deps"];
    run("cargo", ...tool, "--manifest-path", `${path}/Cargo.toml`, "--target", target, "--override-filename", file);
    // Paths of this machine are nobody's business, and differ between builds.
    return JSON.parse(readFileSync(join(root, path, `${file}.json`), "utf8").replaceAll(root, ""));
  } finally {
    for (const { manifest_path } of members()) rmSync(join(manifest_path, "..", `${file}.json`), { force: true });
  }
}

/** Names and versions of the crates in a program, without those that only run while it is compiled. */
function compiled({ crate, target }) {
  const edges = ["-e", "normal,no-proc-macro", "--prefix", "none", "-f", "{p}"];
  const tree = run("cargo", "tree", "-p", crate, "--target", target, ...edges);
  return new Set(tree.trim().split("\n").map((line) => line.replace(/^(\S+) v(\S+).*$/, "$1 $2")));
}

/** Leaves out what is in the workspace and not in the program: the tool takes the features of all members together. */
function reduce(document, needed) {
  document.components = document.components.filter(({ name, version }) => needed.has(`${name} ${version}`));
  const refs = new Set([document.metadata.component, ...document.components].map((one) => one["bom-ref"]));
  const ofProgram = document.dependencies.filter(({ ref }) => refs.has(ref));
  document.dependencies = ofProgram.map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
}

function members() {
  return JSON.parse(run("cargo", "metadata", "--no-deps", "--format-version", "1")).packages;
}

/** Checksums of Cargo.lock by name and version. */
function locked() {
  const packages = readFileSync(join(root, "Cargo.lock"), "utf8").split("[[package]]").slice(1);
  const field = (text, name) => new RegExp(`^${name} = "(.*)"$`, "m").exec(text)?.[1];
  return new Map(packages.map((text) => [`${field(text, "name")} ${field(text, "version")}`, field(text, "checksum")]));
}

function check({ name, crate }, { bomFormat, components, metadata }, needed) {
  const known = new Map(components.map((one) => [`${one.name} ${one.version}`, one]));
  if (bomFormat !== "CycloneDX" || metadata.component.name !== crate) errors.push(`${name}: not of ${crate}`);
  for (const one of needed) {
    if (!known.has(one) && !one.startsWith(`${crate} `)) errors.push(`${name}: ${one} is missing`);
  }
  for (const [one, { purl, licenses, hashes }] of known) {
    if (!purl?.startsWith("pkg:cargo/") || !licenses?.length) errors.push(`${name}: ${one} has no purl or license`);
    const checksum = checksums.get(one);
    const has = hashes?.some(({ alg, content }) => alg === "SHA-256" && content === checksum);
    if (checksum && !has) errors.push(`${name}: ${one} has another checksum than Cargo.lock`);
  }
}
