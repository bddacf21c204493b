// Records what a page shows and receives over time, so that a test can check states that have passed.

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

/** A durable frame: `seq` grows by one for each user. */
export interface NumberedFrame {
  seq: number;
  type: string;
  run_id?: number;
  data: Record<string, unknown>;
}

/** Records the numbered frames that the page receives over all its live connections, in order. */
export function numberedFrames(page: Page): NumberedFrame[] {
  const received: NumberedFrame[] = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      const frame = JSON.parse(payload.toString());
      if (typeof frame.seq === "number") received.push(frame);
    }),
  );
  return received;
}
