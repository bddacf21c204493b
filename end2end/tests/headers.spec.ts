// Headers that protect users, on every kind of answer, as Mozilla's Observatory judges them.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { score } from "../../scripts/observatory.mjs";
import { expect, password, test } from "../fixtures";

test.use({ settings: { SMARTCACHE_PUBLIC_URL: "https://cache.example" } });

test("every kind of answer has the headers that protect its reader", async ({ server }) => {
  const ask = (path: string, more: RequestInit = {}) => fetch(`${server.url}${path}`, { redirect: "manual", ...more });
  const json = { "content-type": "application/json" };
  const signIn = await ask("/api/v1/auth/login", { method: "POST", headers: json, body: JSON.stringify({ username: "commuter", password }) });
  expect(signIn.status).toBe(200);
  const cookie = signIn.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  expect(cookie).toContain("__Host-smartcache_session=");
  const script = /\/pkg\/[^"]+\.js/.exec(await (await ask("/login")).text())![0];
  const kinds: Record<string, [Promise<Response>, number]> = {
    "sign-in": [Promise.resolve(signIn), 200],
    page: [ask("/", { headers: { cookie } }), 200],
    "page of a stranger": [ask("/login"), 200],
    "page that does not exist": [ask("/no/such/page"), 404],
    "page without the server": [ask(`/_shell/${readdirSync(join(process.env.SMARTCACHE_SITE!, "_shell"))[0]}/index.html`), 200],
    script: [ask(script), 200],
    "service worker": [ask("/sw.js"), 200],
    REST: [ask("/api/v1/items", { headers: { cookie } }), 200],
    refusal: [ask("/api/v1/items"), 401],
    "no such route": [ask("/api/v1/nothing"), 404],
    health: [ask("/health"), 200],
    "robots.txt": [ask("/robots.txt"), 200],
    "security.txt": [ask("/.well-known/security.txt"), 200],
  };
  for (const [kind, [asked, status]] of Object.entries(kinds)) {
    const answer = await asked;
    expect(answer.status, kind).toBe(status);
    const judged = score(answer.headers);
    expect(judged.score, `${kind}: ${JSON.stringify(judged.modifiers)}`).toBeGreaterThanOrEqual(110);
    expect(answer.headers.get("content-security-policy"), kind).toContain("frame-ancestors 'none'");
    expect(answer.headers.get("cross-origin-opener-policy"), kind).toBe("same-origin");
    const type = answer.headers.get("content-type") ?? "";
    if (type.startsWith("text/")) expect(type, kind).toContain("charset=utf-8");
    expect(answer.headers.get("permissions-policy"), kind).toContain("geolocation=()");
  }
});
