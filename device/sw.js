// The service worker: pages while the server is away, its own shell with its messages, media from the device, and
// notifications that are pushed. It touches nothing else, so it cannot break the site while the server answers.
// scripts/shell.mjs puts the build in.

const SHELL = "/*SHELL*/";
/** Files of the shell: name, address at installation, SHA-256. */
const FILES = /*FILES*/ [];

/** Time after which a page that the network does not bring is replaced by the shell, in milliseconds; a reload waits longer. */
const NAVIGATION_LIMIT = 2_500;
const RELOAD_LIMIT = 15_000;
const CACHE = "shell-";
/** Cache with the messages of the shell's language. English needs none. */
const MESSAGES = "messages";

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => event.waitUntil(onMessage(event.data)));
self.addEventListener("push", (event) => event.waitUntil(notify(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.link));
});
self.addEventListener("fetch", (event) => {
  const answer = answerTo(event.request);
  if (answer) event.respondWith(answer);
});

/** Carries out a request of a page: "claim", if it was loaded while this worker was installed, or the language of the shell. */
async function onMessage({ kind, address }) {
  if (kind === "claim") return self.clients.claim();
  const cache = await caches.open(MESSAGES);
  const known = (await cache.keys()).filter((request) => !address || !request.url.endsWith(address));
  if (address && !(await cache.match(address))) await cache.add(address);
  await Promise.all(known.map((request) => cache.delete(request)));
}

/** Shows a notification for every message: browsers end the subscription of a worker that shows none. */
async function notify(data) {
  let message = {};
  try {
    message = data?.json() ?? {};
  } catch {
    // A service may wake the worker without content.
  }
  const text = (value) => (typeof value === "string" ? value : "");
  const tag = text(message.tag) || undefined;
  const icon = "/icon-192.png";
  const options = { body: text(message.body), tag, renotify: tag !== undefined, icon, data: { link: text(message.link) } };
  await self.registration.showNotification(text(message.title) || "SmartCache", options);
}

/** Focuses a window that shows the page of a notification, or opens one. Another window may be playing, so it stays. */
async function show(link) {
  const url = new URL(link || "/notifications", self.location.origin);
  if (url.origin !== self.location.origin) return undefined;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.find((window) => window.url === url.href)?.focus() ?? self.clients.openWindow(url.href);
}

/** Stores the whole shell, or nothing: a file of another build rejects the installation, and the old worker stays. */
async function install() {
  const responses = await Promise.all(FILES.map(load));
  const cache = await caches.open(CACHE + SHELL);
  await Promise.all(responses.map((response, n) => cache.put(`/_shell/${SHELL}/${FILES[n][0]}`, response)));
  await self.skipWaiting();
}

async function load([name, url, sha256]) {
  const response = await fetch(url, { cache: "no-cache" });
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!response.ok || hash !== sha256) throw new Error(`${name} is of another build`);
  const headers = new Headers(response.headers);
  // The bytes are stored as they are decoded.
  for (const gone of ["content-encoding", "content-length"]) headers.delete(gone);
  return new Response(bytes, { headers });
}

/** Deletes all shells but this one and the one before, which open pages may still use. */
async function activate() {
  const shells = (await caches.keys()).filter((name) => name.startsWith(CACHE) && name !== CACHE + SHELL);
  await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Decides by the request alone. Returns nothing where the browser goes on as without a worker. */
function answerTo(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return undefined;
  if (/^\/(_shell|languages)\//.test(url.pathname)) return fromCache(request);
  const isPage = !/^\/(api|covers|demo|feed|pkg|s)\//.test(url.pathname);
  if (request.mode === "navigate") return isPage ? page(request) : undefined;
  const isFile = /^\/api\/v1\/downloads\/\d+\/file$/.test(url.pathname);
  const device = /^([0-9a-f]{16})\/([0-9a-f]{64})$/.exec(url.searchParams.get("device") ?? "");
  return isFile && device ? media(request, device[1], device[2], url.searchParams.get("type") ?? "") : undefined;
}

async function fromCache(request) {
  return (await caches.match(request, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request);
}

/** A page of the server, or the shell if it does not come in time. A proxy's word that the server is away counts too. */
async function page(request) {
  const shell = () => caches.match(`/_shell/${SHELL}/index.html`, { ignoreVary: true });
  const network = fetch(request).then((response) => ([502, 503, 504].includes(response.status) ? undefined : response));
  const limit = new Promise((resume) => setTimeout(resume, request.isReloadNavigation ? RELOAD_LIMIT : NAVIGATION_LIMIT));
  const response = await Promise.race([network, limit]).catch(() => undefined);
  return response ?? (await shell()) ?? fetch(request);
}

/** A file of the device with all that players ask for; from the network if it is not there. */
async function media(request, vault, sha256, type) {
  const file = await fileOf(vault, sha256);
  if (!file) return fetch(request);
  const headers = new Headers({
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Type": /^(audio|video)\/[\w.+-]+$/.test(type) ? type : "application/octet-stream",
    ETag: `"${sha256}"`,
    "X-Content-Type-Options": "nosniff",
  });
  const range = rangeOf(request.headers, `"${sha256}"`, file.size);
  if (range === "unsatisfiable") {
    headers.set("Content-Range", `bytes */${file.size}`);
    return new Response(null, { status: 416, headers });
  }
  const [start, end] = range ?? [0, file.size];
  headers.set("Content-Length", String(end - start));
  if (range) headers.set("Content-Range", `bytes ${start}-${end - 1}/${file.size}`);
  return new Response(file.slice(start, end), { status: range ? 206 : 200, headers });
}

async function fileOf(vault, sha256) {
  try {
    const root = await navigator.storage.getDirectory();
    const media = await (await root.getDirectoryHandle(vault)).getDirectoryHandle("media");
    return await (await media.getFileHandle(sha256)).getFile();
  } catch {
    return undefined;
  }
}

/** Start and end of the asked range, "unsatisfiable", or nothing for the whole file (RFC 9110, 14), as the server reads it. */
function rangeOf(headers, etag, length) {
  const condition = headers.get("if-range");
  if (condition !== null && condition.trim() !== etag) return undefined;
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(headers.get("range") ?? "");
  if (!match || (!match[1] && !match[2])) return undefined;
  const [first, last] = [match[1], match[2]].map((digits) => (digits ? Number(digits) : undefined));
  if (first !== undefined && last !== undefined && first > last) return undefined;
  const start = first ?? Math.max(0, length - last);
  const end = first === undefined || last === undefined ? length : Math.min(last + 1, length);
  return start < end ? [start, end] : "unsatisfiable";
}
