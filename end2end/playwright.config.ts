import { defineConfig } from "@playwright/test";

// Chromium calls home on its own, and keeps trying where it cannot; a test machine may have no network at all.
const quiet = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

export default defineConfig({
  testDir: "tests",
  outputDir: "../target/playwright",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  // Each test has a server of its own, and waits for most of its time.
  workers: 3,
  reporter: [["list"], ["json", { outputFile: "../target/test-logs/playwright.json" }]],
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM || undefined,
      args: ["--no-sandbox", "--disable-gpu", ...quiet],
    },
    // Colours and places in the middle of a transition are no result: what moves is tested where it is meant to move.
    contextOptions: { reducedMotion: "reduce" },
    // Pictures of every step cost more than the steps; the page as it was stands in each failure's error-context.md.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
  },
});
