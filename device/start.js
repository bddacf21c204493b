// The two lines that start the application without the server.
import init, { device } from "./smartcache.js";
await init({ module_or_path: new URL("./smartcache.wasm", import.meta.url) });
device();
