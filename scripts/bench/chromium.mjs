// A browser with a profile of its own, driven over the DevTools protocol. The network domain stays off: it keeps the
// bodies of responses, which would count as memory of the page.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "./server.mjs";

const executable = process.env.CHROMIUM || "/usr/bin/chromium";
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--disable-quic", "--mute-audio", "--remote-debugging-port=0", "--remote-allow-origins=*",
];
const PATIENCE = 60_000;

/** Calls `look` until it returns something. */
export async function until(look, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE / 1_000} s`);
    await sleep(5);
  }
}

export class Browser {
  #calls = new Map();
  #next = 1;

  /** Starts a browser, and signs it in with a cookie of a site. */
  static async launch(profile, url, cookie) {
    const told = join(profile, "DevToolsActivePort");
    rmSync(told, { force: true });
    const browser = new Browser();
    browser.process = spawn(executable, [...FLAGS, `--user-data-dir=${profile}`], { stdio: "ignore" });
    browser.gone = new Promise((done) => browser.process.once("exit", done));
    const [port, path] = await until(() => {
      try {
        const lines = readFileSync(told, "utf8").split("\n");
        return lines.length > 1 && lines;
      } catch {
        return undefined;
      }
    }, "the browser starts");
    browser.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await new Promise((done, failed) => {
      browser.socket.addEventListener("open", done);
      browser.socket.addEventListener("error", failed);
    });
    browser.socket.addEventListener("message", ({ data }) => browser.#hear(JSON.parse(data)));
    browser.socket.addEventListener("close", () => browser.#lose());
    const [name, value] = cookie.split("=");
    // Of the profile, and not of the session: it outlives the browser.
    await browser.send("Storage.setCookies", { cookies: [{ name, value, url, expires: Date.now() / 1_000 + 86_400 }] });
    return browser;
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`${method} ${params.expression?.slice(0, 80) ?? ""}: no answer`)), PATIENCE);
      this.#calls.set(id, { done: (result) => (clearTimeout(late), done(result)), failed: (error) => (clearTimeout(late), failed(error)) });
    });
  }

  /** Opens a tab. `first` runs before the scripts of each of its documents. */
  async open(url, first = undefined) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, targetId, sessionId);
    await tab.send("Page.enable");
    if (first) await tab.send("Page.addScriptToEvaluateOnNewDocument", { source: `(${first})()` });
    if (url) await tab.go(url);
    return tab;
  }

  /** Process of the page: of all renderers the one with most memory, as there may be a spare one. */
  renderer() {
    return this.#renderers().sort((a, b) => resident(b) - resident(a))[0];
  }

  /** Reads the resident memory of all renderers that there are now, in megabytes. */
  gauge() {
    const all = this.#renderers();
    return () => all.reduce((sum, pid) => sum + resident(pid), 0);
  }

  #renderers() {
    return descendants(this.process.pid).filter((pid) => commandOf(pid).includes("--type=renderer"));
  }

  /** Ends the browser in order, so that the profile is written. */
  async close() {
    void this.send("Browser.close").catch(() => undefined);
    await this.gone;
  }

  /** Kills the browser with all of its processes. */
  async kill() {
    const all = descendants(this.process.pid);
    for (const pid of [this.process.pid, ...all]) end(pid);
    await this.gone;
    await until(() => all.every((pid) => commandOf(pid) === ""), "the browser's processes end");
  }

  #hear({ id, result, error }) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call?.failed(new Error(error.message));
    else call?.done(result);
  }

  #lose() {
    for (const { failed } of this.#calls.values()) failed(new Error("the browser is gone"));
    this.#calls.clear();
  }
}

class Tab {
  constructor(browser, target, session) {
    Object.assign(this, { browser, target, session });
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  async go(url) {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
  }

  /** Runs a function in the page as if its user had clicked. */
  async evaluate(run, ...args) {
    const expression = `(${run})(...${JSON.stringify(args)})`;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression, awaitPromise: true, returnByValue: true, userGesture: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Runs a function in the page until it returns something. A document that is being replaced returns nothing. */
  until(what, run, ...args) {
    return until(() => this.evaluate(run, ...args).catch(() => undefined), what);
  }

  close() {
    return this.browser.send("Target.closeTarget", { targetId: this.target });
  }
}

function descendants(pid) {
  const parents = new Map();
  for (const entry of readdirSync("/proc")) {
    const parent = /^\d+$/.test(entry) && /^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${entry}/stat`))?.[1];
    if (parent) parents.set(Number(entry), Number(parent));
  }
  const found = [pid];
  for (const one of found) found.push(...[...parents].filter(([, parent]) => parent === one).map(([child]) => child));
  return found.slice(1);
}

function end(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended with its parent.
  }
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
const commandOf = (pid) => read(`/proc/${pid}/cmdline`);

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
