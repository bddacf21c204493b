// Lighthouse's scores for the main pages on its simulated slow phone.
import lighthouse from "lighthouse";
import { chromium, executablePath, flags } from "./browser.mjs";
import { freePort, median } from "./server.mjs";

const PAGES = ["/login", "/", "/downloads", "/items"];
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const RUNS = 3;

/** Table of the scores, medians of three runs. */
export async function measureWithLighthouse(url, cookie) {
  const port = await freePort();
  const browser = await chromium.launch({ executablePath, args: [...flags, `--remote-debugging-port=${port}`] });
  const rows = [];
  try {
    for (const path of PAGES) {
      const reports = [];
      for (let i = 0; i < RUNS; i++) reports.push(await audit(url + path, port, path === "/login" ? {} : { Cookie: cookie }));
      const of = (figure) => median(reports.map(figure));
      const scores = CATEGORIES.map((name) => (of((report) => report.categories[name].score) * 100).toFixed(0));
      const seconds = (name) => (of((report) => report.audits[name].numericValue) / 1_000).toFixed(1) + " s";
      const shift = of((report) => report.audits["cumulative-layout-shift"].numericValue).toFixed(3);
      rows.push(`| \`${path}\` | ${scores.join(" | ")} | ${seconds("largest-contentful-paint")} | ${seconds("interactive")} | ${shift} |`);
    }
  } finally {
    await browser.close();
  }
  return { head: ["Lighthouse, slow phone", ...CATEGORIES, "largest paint", "interactive", "layout shift"], rows };
}

async function audit(address, port, extraHeaders) {
  const { lhr } = await lighthouse(address, { port, extraHeaders, output: "json", logLevel: "error", onlyCategories: CATEGORIES });
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
  return lhr;
}
