// Accessibility checks of a page: violations found by axe, and sideways scrolling.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Serious violations and their elements, of all rules or of some. */
export async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
}

/** Width of the page beyond the window, in pixels. */
export const beyondTheEdge = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Has axe check the colours of skipped content too: browsers do not restyle it (`content-visibility`). */
export async function showSkipped(page: Page): Promise<void> {
  await page.addStyleTag({ content: "* { content-visibility: visible !important }" });
}

/** Expects no serious violation, light or dark, and no sideways scrolling at these widths. */
export async function expectNoBarriers(page: Page, widths: number[]): Promise<void> {
  // Colours depend on the scheme and the layout, all other rules on the layout alone.
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    expect(await beyondTheEdge(page), `${width} wide`).toBe(0);
    await page.emulateMedia({ colorScheme: "light" });
    expect(await barriers(page), `light, ${width} wide`).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await barriers(page, ["color-contrast"]), `dark, ${width} wide`).toEqual([]);
  }
}
