// split.mjs WASM DIRECTORY: cuts the linked module at its lazy functions (app/src/lazy.rs), bundles the pieces,
// and writes the files that a browser loads. Needs smartcache-split, wasm-bindgen and binaryen's tools on PATH.
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle } from "./bundle.mjs";

const [, , linked, out] = process.argv;
const name = "smartcache";
/** Names that leptos asks for. */
const loader = "__wasm_split.______________________.js";
const manifest = "__wasm_split_manifest.json";
// What rustc enables for wasm32-unknown-unknown: pieces carry no list of features of their own.
const features = [
  "mutable-globals", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "reference-types", "multivalue",
].map((feature) => `--enable-${feature}`);

const work = join(out, "..", "split-work");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
mkdirSync(out, { recursive: true });
const options = { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 };
const run = (program, ...args) => execFileSync(program, args, options);
const runLater = promisify(execFile);

run("smartcache-split", linked, work, name);
const { pages, bundles } = bundle(JSON.parse(readFileSync(join(work, "needs.json"), "utf8")), work);
const shared = writeBase();
await inParallel([main, ...bundles.map((one) => () => pack(one))]);
writeLoader();
const files = pages.map((page) => [page, needs(page).map((one) => one.file)]);
writeFileSync(join(out, manifest), JSON.stringify(Object.fromEntries(files), null, 1));
rmSync(work, { recursive: true });
console.log(`${bundles.length} pieces; of each page: ${files.map(([page, its]) => `${page} ${its.length}`).join(", ")}`);

function needs(page) {
  return bundles.filter((one) => one.pages.has(page));
}

/** Writes the module that every page loads, and its JavaScript. */
async function main() {
  const bound = join(work, "bindgen");
  const flags = ["--target", "web", "--no-typescript", "--keep-lld-exports", "--no-demangle"];
  await runLater("wasm-bindgen", [...flags, "--out-name", name, "--out-dir", bound, join(work, `${name}.wasm`)]);
  await runLater("wasm-opt", ["-Oz", join(bound, `${name}_bg.wasm`), "-o", join(out, `${name}.wasm`)]);
  cpSync(join(bound, `${name}.js`), join(out, `${name}.js`));
  const snippets = join(bound, "snippets");
  if (existsSync(snippets)) cpSync(snippets, join(out, "snippets"), { recursive: true });
}

/**
 * Writes a module that exports all that pieces import: memory, table, stack pointer. wasm-merge would else keep an
 * import of each of them for every piece, which does not validate. Returns the names.
 */
function writeBase() {
  const types = new Map();
  for (const piece of new Set(bundles.flatMap((one) => one.pieces))) {
    const wasm = join(work, `${piece}.wasm`);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(wasm)));
    if (imports.every((one) => types.has(one.name))) continue;
    for (const [, from, what, type] of run("wasm-dis", wasm).matchAll(/^ *\(import "([^"]+)" "([^"]+)" \((.*)\)\)$/gm)) {
      if (from !== "__wasm_split") throw new Error(`a piece imports ${from}.${what}`);
      types.set(what, type);
    }
  }
  const imports = [...types].map(([what, type]) => `(import "env" "${what}" (${type}))`);
  const exports = [...types].map(([what, type]) => {
    const [, kind, id] = type.match(/^(\w+) (\$\S+)/);
    return `(export "${what}" (${kind} ${id}))`;
  });
  writeFileSync(join(work, "base.wat"), `(module ${imports.join("\n")} ${exports.join("\n")})`);
  run("wasm-as", ...features, join(work, "base.wat"), "-o", join(work, "base.wasm"));
  return [...types.keys()];
}

/** Merges the pieces of a bundle into one small module. They call each other through the table only. */
async function pack(one) {
  const merged = join(work, `${one.file}-merged.wasm`);
  const modules = one.pieces.flatMap((piece, i) => [join(work, `${piece}.wasm`), `piece${i}`]);
  await runLater("wasm-merge", [join(work, "base.wasm"), "__wasm_split", ...modules, "-o", merged, ...features]);
  const passes = ["-Oz", "--pass-arg=directize-initial-contents-immutable"];
  await runLater("wasm-opt", [...passes, ...features, merged, "-o", join(out, `${one.file}.wasm`)]);
}

async function inParallel(tasks) {
  const waiting = [...tasks];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Writes the functions that load the pieces of each page. A failure is told to the page, and is not cached. */
function writeLoader() {
  const names = shared.join(", ");
  const functions = pages.map((page) => {
    const numbers = needs(page).map((one) => bundles.indexOf(one));
    return `export const __wasm_split_load_${page} = load(${numbers.join(", ")});`;
  });
  const code = `import { initSync } from "./${name}.js";
const files = ${JSON.stringify(bundles.map((one) => one.file))};
const loading = [];
let shared;
function imports() {
  if (!shared) {
    const { ${names} } = initSync();
    shared = { env: { ${names} } };
  }
  return shared;
}
async function request(url) {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(url);
      if (response.ok) return response;
      throw new Error(url + ": " + response.status);
    } catch (error) {
      if (tries === 1) throw error;
      await new Promise((resume) => setTimeout(resume, 500));
    }
  }
}
function piece(n) {
  const url = new URL("./" + files[n] + ".wasm", import.meta.url);
  return (loading[n] ??= WebAssembly.instantiateStreaming(request(url), imports()).catch((error) => {
    loading[n] = undefined;
    throw error;
  }));
}
const load = (...needs) => async (callback, data) => {
  let loaded = true;
  await Promise.all(needs.map(piece)).catch((error) => {
    console.error(error);
    loaded = false;
  });
  imports().env.__indirect_function_table.get(callback)(data, loaded);
};
${functions.join("\n")}
`;
  writeFileSync(join(out, loader), code);
}
