// Records the page's content over time, so that a test can check states that have passed.

import type { Page } from "@playwright/test";

export interface Seen {
  /** Lines of the log in order, with the time at which each appeared. */
  lines: { at: number; agent: string; text: string }[];
  /** All values of each download's progress bar. */
  progress: Record<string, number[]>;
}

declare global {
  interface Window {
    seen: Seen;
  }
}

/** Starts recording; it ends when the page is left. */
export async function watch(page: Page): Promise<() => Promise<Seen>> {
  await page.evaluate(() => {
    const seen: Seen = (window.seen = { lines: [], progress: {} });
    const look = () => {
      const lines = [...document.querySelectorAll<HTMLElement>("[role=log] li")];
      for (const line of lines.slice(seen.lines.length)) {
        seen.lines.push({ at: performance.now(), agent: line.dataset.agent ?? "", text: line.innerText });
      }
      for (const bar of document.querySelectorAll<HTMLProgressElement>("progress[aria-label^='Progress of']")) {
        const values = (seen.progress[bar.getAttribute("aria-label")!] ??= []);
        if (values.at(-1) !== bar.value) values.push(bar.value);
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
  });
  return () => page.evaluate(() => window.seen);
}
