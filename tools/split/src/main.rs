//! `smartcache-split WASM DIRECTORY NAME`: cuts a linked module at its lazy functions.
//!
//! Writes NAME.wasm for wasm-bindgen, the pieces, and a list of the pieces that each lazy function needs.

use std::collections::BTreeMap;
use std::path::Path;

use wasm_split_cli_support::{Options, transform};

/// Module that a lazy function imports its loader from, by the name that leptos expects.
const LOADER: &str = "./__wasm_split.______________________.js";
const NEEDS: &str = "needs.json";

fn main() -> eyre::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, directory, name] = arguments.as_slice() else {
        eyre::bail!("usage: smartcache-split WASM DIRECTORY NAME");
    };
    let directory = Path::new(directory);
    let wasm = std::fs::read(wasm)?;
    let main_out = directory.join(format!("{name}.wasm"));
    let main_module = format!("./{name}.js");

    let mut options = Options::new(&wasm);
    options.output_dir = directory;
    options.main_out_path = &main_out;
    options.main_module = &main_module;
    options.link_name = LOADER;
    let split = transform(options)?;

    // Sorted, so that the same input gives the same bytes.
    let needs: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    std::fs::write(directory.join(NEEDS), serde_json::to_string(&needs)?)?;
    Ok(())
}
