// Hostile texts stay texts on every page and in every exported file. The tests bypass the content security
// policy, so that only the escaping protects.

import type { APIRequestContext, Browser, BrowserContext } from "@playwright/test";
import { expect, test, type Owner, type Page } from "../fixtures";
import { payloads } from "../hostile";

test.use({ bypassCSP: true });
test.describe.configure({ timeout: 240_000 });

interface Row {
  id: number;
  kind: string;
  title: string;
}

/** Elements and attributes of a page that none of its own code creates. */
async function planted(page: Page, path: string): Promise<string[]> {
  await page.goto(path);
  const found = await page.evaluate(() => {
    const odd = [...document.querySelectorAll("[data-planted], meta[http-equiv], base, iframe, object, embed")];
    const links = [...document.querySelectorAll("[href], [src], [action]")].filter((element) =>
      ["href", "src", "action"].some((name) => /^\s*(javascript|data|vbscript):/i.test(element.getAttribute(name) ?? "")),
    );
    const handlers = [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(({ name }) => name.startsWith("on")));
    const ran = "planted" in window ? ["a script ran"] : [];
    return [...ran, ...[...odd, ...links, ...handlers].map((element) => element.outerHTML.slice(0, 200))];
  });
  const { pathname } = new URL(page.url());
  if (pathname !== new URL(path, "http://nowhere").pathname) found.push(`led to ${pathname}`);
  return found.map((what) => `${path}: ${what}`);
}

/** Address of a page with a form's error, as browsers without script are redirected to it; forgeable. */
function answered(path: string, action: string, typed: string[][]): string {
  const error = JSON.stringify({ Rejected: { refusal: { code: "conflict", why: payloads[1] }, typed } });
  const text = Buffer.from(error).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  return `${path}?__path=${encodeURIComponent(`/api/ui/${action}`)}&__err=${encodeURIComponent(text)}`;
}

/** A page without JavaScript: a finding there is in the server's own HTML. */
async function withoutScript(browser: Browser, context: BrowserContext, baseURL: string): Promise<Page> {
  const storageState = await context.storageState();
  const plain = await browser.newContext({ baseURL, storageState, javaScriptEnabled: false, bypassCSP: true });
  return plain.newPage();
}

async function list<T>(http: APIRequestContext, path: string): Promise<T[]> {
  return (await (await http.get(`/api/v1${path}`)).json()).data;
}

/** Creates everything a user can name, with hostile names. */
async function nameEverything(http: APIRequestContext, owner: Owner): Promise<void> {
  for (const [n, payload] of payloads.entries()) {
    await owner.collect(payload.slice(0, 80), payload);
    const times = { start: `0${n}:00`, end: "10:00", days: ["mon"] };
    expect((await http.post("/api/v1/commute-windows", { data: { label: payload.replace("\u2028", " ").slice(0, 60), ...times } })).status()).toBe(201);
  }
  await owner.prefer({ topics: payloads.map((payload) => payload.slice(0, 60)) });
  expect((await http.patch("/api/v1/account", { data: { display_name: payloads[1]!.slice(0, 60) } })).status()).toBe(200);
}

test("no text of a stranger becomes markup, on any page", async ({ page, owner, origin, server, context, browser }) => {
  const http = context.request;
  await server.run("user", "make-admin", owner.username);
  await nameEverything(http, owner);
  for (const n of payloads.keys()) await owner.subscribeTo(origin.hostileFeed(n), n % 2 ? "article" : "podcast");
  const run = await http.post("/api/v1/runs", { data: { max_items: 5, goal: payloads[1], messages: payloads } });
  const { id: runId } = await run.json();
  await expect.poll(async () => (await owner.run(runId)).status, { timeout: 60_000 }).toMatch(/completed|waiting/);
  for (const payload of payloads.slice(0, 2)) {
    const agent = await (await http.get("/api/v1/agents/discovery")).json();
    const prompt = { version: agent.current.version, prompt: payload, model: payload.slice(0, 90) };
    await http.put("/api/v1/agents/discovery", { data: prompt });
  }
  expect((await http.post("/api/v1/admin/announcements", { data: { message: payloads[0]!.slice(0, 500) } })).status()).toBe(201);
  const items = await list<Row>(http, "/items?limit=100");
  for (const item of items) await http.post("/api/v1/downloads", { data: { item_id: item.id } });
  await expect
    .poll(async () => (await owner.downloads()).some(({ status }) => ["queued", "downloading", "verifying"].includes(status)), { timeout: 60_000 })
    .toBe(false);
  const downloads = await owner.downloads();
  expect(downloads.filter(({ status }) => status === "ready").length).toBeGreaterThan(payloads.length);

  const sources = (await list<{ id: number; name: string }>(http, "/sources?limit=100&subscribed=true")).map(({ id }) => `/sources/${id}`);
  const projects = await list<Row>(http, "/collections");
  const collections = projects.map(({ id }) => `/collections/${id}`);
  const links = [
    ...(await Promise.all(projects.map(({ id }) => owner.share({ collection_id: id })))),
    ...(await Promise.all(items.map(({ id }) => owner.share({ item_id: id })))),
  ].map((url) => new URL(url).pathname);
  const hostile = encodeURIComponent(payloads[0]! + payloads[1]! + payloads[2]!);
  const typed = [["notes", payloads[1]!], ["name", payloads[2]!]];
  const paths = [
    ...["/", "/runs", `/runs/${runId}`, "/collections", "/agents", "/agents/discovery", "/approvals", "/subscriptions", "/subscriptions/lists"],
    ...["/sources", "/items", "/downloads", "/history", "/tasks", "/notifications", "/shares", "/devices", "/preferences", "/account"],
    ...[`/items?q=${hostile}`, `/items?topic=${hostile}`, `/sources?q=${hostile}`, `/downloads?q=${hostile}`, `/runs?status=${hostile}`],
    ...[`/${hostile}`, `/items/${hostile}`, `/agents/${hostile}`],
    ...["/admin/announcements", "/admin/sources?followed=yes", `/admin/jobs?queue=${hostile}`, `/admin/audit?user=${hostile}`],
    ...[answered("/collections", "add_collection", typed), answered(collections[0]!, "change_collection", typed)],
    ...sources,
    ...collections,
    ...links,
    ...items.map(({ id }) => `/items/${id}?transcript=1`),
    ...downloads.filter(({ status }) => status === "ready").map(({ id }) => `/downloads/${id}/read`),
  ];
  const plain = await withoutScript(browser, context, server.url);
  const found: string[] = [];
  for (const path of paths) {
    found.push(...(await Promise.all([planted(page, path), planted(plain, path)])).flat());
  }
  await plain.context().close();
  expect(found).toEqual([]);
  expect(items.length).toBeGreaterThanOrEqual(2 * payloads.length);
});

test("a title is shown as it is written", async ({ page, owner, origin, context }) => {
  const source = await owner.subscribeTo(origin.hostileFeed(0));
  const { name } = await (await context.request.get(`/api/v1/sources/${source}`)).json();
  await owner.collect(payloads[0]!);
  await page.goto("/collections/1");
  await expect(page).toHaveTitle(`${payloads[0]} · SmartCache`);
  await page.goto(`/sources/${source}`);
  await expect(page).toHaveTitle(`${name} · SmartCache`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
});

test("the answer to a form that somebody else made up is text too", async ({ page, owner, origin, context, browser, server }) => {
  await owner.prefer({ approval: { file_mb: 1, run_mb: 500 } });
  await owner.subscribeTo(origin.largeFeed);
  const { id } = await owner.startRun(1);
  await expect.poll(async () => (await owner.run(id)).status).toBe("waiting_approval");
  const path = answered("/approvals", "decide_approval", [["approval_id", "1"], ["comment", payloads[1]!]]);
  const plain = await withoutScript(browser, context, server.url);
  expect([...(await planted(plain, path)), ...(await planted(page, path))]).toEqual([]);
  await expect(plain.getByLabel("Comment for the agent")).toHaveValue(payloads[1]!);
  await plain.context().close();
});

test("what goes out to other programs is well-formed, with the same texts", async ({ page, owner, origin, context }) => {
  const http = context.request;
  for (const n of payloads.keys()) await owner.subscribeTo(origin.hostileFeed(n));
  const items = await list<Row>(http, "/items?limit=100");
  for (const item of items) await http.post("/api/v1/downloads", { data: { item_id: item.id } });
  await expect.poll(async () => (await owner.downloads()).filter(({ status }) => status === "ready").length, { timeout: 60_000 }).toBeGreaterThan(payloads.length);
  const ready = (await owner.downloads()).filter(({ status }) => status === "ready");
  const names = (await list<{ name: string }>(http, "/sources?limit=100&subscribed=true")).map(({ name }) => name);
  const { url } = await (await http.post("/api/v1/personal-feed")).json();
  const rss = await (await http.get(url)).text();
  const opml = await (await http.get("/api/v1/subscriptions/export")).text();
  await page.goto("/");
  const read = (text: string, selector: string) =>
    page.evaluate(
      ([text, selector]) => {
        const document = new DOMParser().parseFromString(text!, "text/xml");
        const texts = [...document.querySelectorAll(selector!)].map((element) => element.getAttribute("text") ?? element.textContent);
        return { broken: document.querySelectorAll("parsererror, [data-planted], script, meta").length, texts };
      },
      [text, selector],
    );
  const told = await read(rss, "item > title");
  expect(told.broken).toBe(0);
  expect(told.texts.toSorted()).toEqual(ready.map(({ title }) => title).toSorted());
  const listed = await read(opml, "outline[xmlUrl]");
  expect(listed.broken).toBe(0);
  expect(listed.texts.toSorted()).toEqual(names.toSorted());
  for (const { id } of ready) {
    const file = await http.get(`/api/v1/downloads/${id}/file`);
    const headers = file.headersArray().map(({ name }) => name.toLowerCase());
    expect(file.headers()["content-disposition"]).toMatch(/^attachment; filename="[^"\\<>]*"; filename\*=UTF-8''[A-Za-z0-9._%-]+$/);
    expect(headers.filter((name) => name === "content-type" || name === "set-cookie")).toEqual(["content-type"]);
  }
});
