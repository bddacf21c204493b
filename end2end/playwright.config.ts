import { defineConfig } from "@playwright/test";

// Chromium contacts its vendor in the background, and retries where it cannot; a test machine may be offline.
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
  // A slow machine is no fault of the program: time-outs end tests that hang, and no test measures time by them.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // Each test has its own server, and waits most of the time.
  workers: 3,
  reporter: [["list"], ["json", { outputFile: "../target/test-logs/playwright.json" }]],
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: process.env.CHROMIUM || undefined,
      args: ["--no-sandbox", "--disable-gpu", ...quiet],
    },
    // Colours and positions during a transition are no result; tests of motion enable it themselves.
    contextOptions: { reducedMotion: "reduce" },
    // Screenshots cost more than the steps themselves; each failure's error-context.md has its state.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
  },
});
