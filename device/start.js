// Starts the application without the server, in the language whose messages the service worker keeps.
import init, { device } from "./smartcache.js";
const [messages] = (await caches.has("messages")) ? await (await caches.open("messages")).keys() : [];
if (messages) {
  const address = new URL(messages.url).pathname;
  document.documentElement.lang = /(\w+)-\w+\.txt$/.exec(address)[1];
  document.head.append(Object.assign(document.createElement("link"), { id: "messages", href: address }));
}
await init({ module_or_path: new URL("./smartcache.wasm", import.meta.url) });
device();
