// Notes what a page shows while it happens, so that a test can ask afterwards about what has gone by.

import type { Page } from "@playwright/test";

export interface Seen {
  /** The log's lines in their order, with the moment each was first there. */
  lines: { at: number; agent: string; text: string }[];
  /** Every value that each progress bar of a download had. */
  progress: Record<string, number[]>;
}

declare global {
  interface Window {
    seen: Seen;
  }
}

/** Begins to watch; ends when the page is left. */
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
