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
  workers: process.env.CI ? 1 : undefined,
  reporter: [["list"], ["json", { outputFile: "../target/test-logs/playwright.json" }]],
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM || undefined,
      args: ["--no-sandbox", "--disable-gpu", ...quiet],
    },
    trace: "retain-on-failure",
  },
});
