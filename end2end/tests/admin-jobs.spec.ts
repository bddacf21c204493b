// Background jobs, as administrators see, retry and cancel them.

import { expectNoBarriers } from "../axe";
import { expect, Owner, test, type Page } from "../fixtures";
import { notes, open, row, submit } from "../pages";

const list = "Single jobs";

interface Job {
  id: number;
  kind: string;
  state: string;
}

/** Waits for a job that waits for its time: the end of an approval that nobody has given yet. */
async function waitingJob(owner: Owner, page: Page, feed: string): Promise<Job> {
  await owner.prefer({ approval: { file_mb: 1, run_mb: 500 } });
  await owner.subscribeTo(feed);
  const { id } = await owner.startRun(1);
  await expect.poll(async () => (await owner.run(id)).status).toBe("waiting_approval");
  const jobs = await (await page.request.get("/api/v1/admin/jobs/list?state=ready&limit=200")).json();
  return (jobs.data as Job[]).find((job) => job.kind === "expire_approval")!;
}

test("an administrator sees the queues, and retries or cancels a job that waits", async ({ page, owner, origin, server }) => {
  await server.run("user", "make-admin", owner.username);
  const { id } = await waitingJob(owner, page, origin.largeFeed);
  await open(page, "/admin/system");
  await page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name: "Jobs" }).click();
  await expect(page.getByRole("region", { name: "Queues" })).toContainText("Upkeep");
  await page.getByLabel("State").selectOption("Waits");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  const job = row(page, list, `Job ${id}: expire_approval`);
  await expect(job).toContainText("0 of 5 attempts");
  await expectNoBarriers(page, [360, 1280]);
  await job.getByText("Cancel", { exact: true }).click();
  await page.getByRole("button", { name: `Yes, cancel job ${id}` }).click();
  await expect(notes(page)).toContainText("The job is cancelled.");
  await expect(job).toHaveCount(0);
  await page.goto("/admin/audit");
  await expect(row(page, "Audit log", "Job cancelled")).toContainText(`job: ${id}`);
  await page.goto("/admin/jobs?state=cancelled");
  await expect(row(page, list, `Job ${id}: expire_approval`)).toContainText("An administrator of this server has cancelled it.");
  await expect(page.getByRole("button", { name: `Retry job ${id}` })).toHaveCount(0);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a job is made due at once, by administrators alone", async ({ page, owner, origin, server }) => {
    await page.goto("/admin/jobs");
    await expect(page.getByText("This is for administrators of this server.")).toBeVisible();
    await server.run("user", "make-admin", owner.username);
    const { id } = await waitingJob(owner, page, origin.largeFeed);
    await page.goto("/admin/jobs?state=ready");
    await submit(page, page.getByRole("button", { name: `Retry job ${id}` }));
    await page.goto("/admin/audit");
    await expect(row(page, "Audit log", "Job retried")).toContainText("kind: expire_approval");
  });
});
