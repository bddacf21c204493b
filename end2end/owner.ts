// A user with an account, who acts over REST where a test does not use the page.

import { expect, request, type APIRequestContext } from "@playwright/test";

export const password = "lantern-quiet-orbit-77";

export interface Run {
  id: number;
  number: number;
  status: string;
  summary: { queued: number; ready: number; failed: number; skipped: number; bytes: number } | null;
}

export interface Message {
  agent: string;
  kind: string;
  text: string;
}

export interface Download {
  id: number;
  title: string;
  status: string;
  sha256: string | null;
  pinned: boolean;
  priority: number;
  wanted_by: string | null;
  waiting_for: string | null;
  played_at: string | null;
}

export interface CommuteWindow {
  id: number;
  label: string;
  start: string;
  end: string;
  days: string[];
  is_active: boolean;
}

export interface Source {
  id: number;
  name: string;
  subscription_id: number | null;
}

export interface Device {
  id: number;
  name: string;
  budget_mb: number;
  allow_metered: boolean;
  persisted: boolean | null;
  held: { copies: number; minutes: number };
}

export interface DeviceCopy {
  title: string;
  state: string;
}

export interface PlannedWindow {
  label: string;
  /** RFC 3339, in the user's time zone. */
  departs_at: string;
  need_minutes: number;
  on_device: number;
  state: string;
  items: { title: string }[];
}

export interface PlayEvent {
  seq: number;
  kind: string;
  item_id: number;
  from: number;
  to: number;
  at: string;
}

export interface CopyClaim {
  download_id: number;
  sha256: string | null;
  bytes: number;
  checked_at: string;
}

export interface ContactAnswer {
  challenge: { nonce: string; slices: { download_id: number; offset: number; length: number }[] } | null;
}

export class Owner {
  /** `http` shares its cookies with the browser's pages, so both are in one session. */
  constructor(
    readonly username: string,
    private readonly http: APIRequestContext,
  ) {}

  async register(preferences: object): Promise<void> {
    await this.ask("post", "/auth/register", { username: this.username, password, preferences });
  }

  /** Skips the first steps of a new user, so that Home is that of all others. */
  async skipFirstSteps(): Promise<void> {
    const response = await this.http.post("/api/ui/skip_onboarding", { form: {} });
    if (!response.ok()) throw new Error(`skip_onboarding: ${response.status()} ${await response.text()}`);
  }

  /** Opens another session of the user. */
  async signInElsewhere(url: string): Promise<void> {
    const http = await request.newContext({ baseURL: url });
    const response = await http.post("/api/v1/auth/login", { data: { username: this.username, password } });
    expect(response.status()).toBe(200);
    await http.dispose();
  }

  /** Makes an API key. */
  async makeKey(name: string, scopes: string[]): Promise<void> {
    await this.ask("post", "/api-keys", { name, scopes });
  }

  /** Follows a source by its name in the directory, and refreshes it. */
  async subscribe(name: string): Promise<void> {
    const { data } = await this.ask<{ data: Source[] }>("get", `/sources?q=${encodeURIComponent(name)}&limit=100`);
    const source = data.find((source) => source.name === name);
    if (!source) throw new Error(`There is no source named ${name}.`);
    await this.follow(source);
  }

  /** Follows a feed by its address, and refreshes it. Returns the source's id. */
  async subscribeTo(feed_url: string, kind = "podcast"): Promise<number> {
    const source = await this.ask<Source>("post", "/sources", { feed_url, kind });
    await this.follow(source);
    return source.id;
  }

  /** Refreshes a source. */
  async refresh(source: number): Promise<void> {
    await this.ask("post", `/sources/${source}/refresh?wait=true`);
  }

  private async follow(source: Source): Promise<void> {
    await this.ask("post", "/subscriptions", { source_id: source.id });
    await this.ask("post", `/sources/${source.id}/refresh?wait=true`);
  }

  startRun(max_items: number, collection_id?: number): Promise<Run> {
    return this.ask("post", "/runs", { max_items, collection_id });
  }

  /** Creates a collection. Returns its id. */
  async collect(name: string, notes = ""): Promise<number> {
    return (await this.ask<{ id: number }>("post", "/collections", { name, notes })).id;
  }

  /** Shares an item or a collection. Returns the link. */
  async share(what: { item_id: number } | { collection_id: number }): Promise<string> {
    return (await this.ask<{ url: string }>("post", "/shares", what)).url;
  }

  run(id: number): Promise<Run> {
    return this.ask("get", `/runs/${id}`);
  }

  cancelRun(id: number): Promise<Run> {
    return this.ask("post", `/runs/${id}/cancel`);
  }

  async latestRun(): Promise<Run> {
    return (await this.ask<{ data: Run[] }>("get", "/runs?limit=1")).data[0]!;
  }

  /** All messages of a run, of all agents and in order. */
  async messages(run: number): Promise<Message[]> {
    const all: Message[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: { data: Message[]; next_cursor: string | null } = await this.ask(
        "get",
        `/runs/${run}/messages?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      all.push(...page.data);
      cursor = page.next_cursor;
    }
    return all;
  }

  /** Starts a run and waits until it is complete. */
  async completeRun(max_items: number, collection_id?: number): Promise<Run> {
    const { id } = await this.startRun(max_items, collection_id);
    await expect.poll(async () => (await this.run(id)).status, { timeout: 20_000 }).toBe("completed");
    return this.run(id);
  }

  /** Id of the item with this title. */
  async item(title: string): Promise<number> {
    const { data } = await this.ask<{ data: { id: number; title: string }[] }>("get", `/items?q=${encodeURIComponent(title)}`);
    const item = data.find((item) => item.title === title);
    if (!item) throw new Error(`There is no item named ${title}.`);
    return item.id;
  }

  /** Queues an item by its title. */
  async queue(title: string): Promise<Download> {
    return this.ask("post", "/downloads", { item_id: await this.item(title) });
  }

  /** Queues an item, and waits until its download has this status. */
  async queueUntil(status: string, title: string): Promise<Download> {
    const { id } = await this.queue(title);
    await expect.poll(async () => (await this.download(id)).status, { timeout: 10_000 }).toBe(status);
    return this.download(id);
  }

  download(id: number): Promise<Download> {
    return this.ask("get", `/downloads/${id}`);
  }

  async downloads(): Promise<Download[]> {
    return (await this.ask<{ data: Download[] }>("get", "/downloads?limit=100")).data;
  }

  registerDevice(name: string, platform: string): Promise<Device> {
    return this.ask("post", "/devices", { name, platform });
  }

  device(id: number): Promise<Device> {
    return this.ask("get", `/devices/${id}`);
  }

  /** Keeps a download on a device. */
  async keepOn(device: number, download_id: number): Promise<void> {
    await this.ask("post", `/devices/${device}/copies`, { download_id });
  }

  /** Copies of a device, as the server knows them. */
  async copies(device: number): Promise<DeviceCopy[]> {
    return (await this.ask<{ data: DeviceCopy[] }>("get", `/devices/${device}/copies?limit=100`)).data;
  }

  /** Makes contact for a device that has these copies. */
  contact(device: number, rev: number, copies: CopyClaim[]): Promise<ContactAnswer> {
    return this.ask("post", `/devices/${device}/contact`, { boot: "test", rev, sent_at: new Date().toISOString(), copies });
  }

  /** Windows of the next days, as they are planned for a device. */
  async plans(device: number): Promise<PlannedWindow[]> {
    return (await this.ask<{ data: PlannedWindow[] }>("get", `/plans?device_id=${device}`)).data;
  }

  async devices(): Promise<Device[]> {
    return (await this.ask<{ data: Device[] }>("get", "/devices?limit=100")).data;
  }

  /** Revokes a device. */
  async revoke(device: number): Promise<void> {
    expect((await this.http.delete(`/api/v1/devices/${device}`)).status()).toBe(204);
  }

  /** Keeps a download on a device no longer. */
  async removeFrom(device: number, download_id: number): Promise<void> {
    expect((await this.http.delete(`/api/v1/devices/${device}/copies/${download_id}`)).status()).toBe(204);
  }

  /** Makes contact for a device that has these plays in its outbox. */
  async play(device: number, rev: number, sent_at: string, events: PlayEvent[]): Promise<void> {
    await this.ask("post", `/devices/${device}/contact`, { boot: "test", rev, sent_at, events, copies: [] });
  }

  /** Position in an item, in seconds. */
  async position(item: number): Promise<number> {
    return (await this.ask<{ seconds: number }>("get", `/items/${item}/position`)).seconds;
  }

  async prove(device: number, nonce: string, digest: string): Promise<void> {
    await this.ask("post", `/devices/${device}/proof`, { nonce, digest });
  }

  /** Bytes of a ready download. */
  async file(download: number): Promise<Buffer> {
    return (await this.http.get(`/api/v1/downloads/${download}/file`)).body();
  }

  /** Adds a daily commute. */
  async leave(label: string, start: string, end: string): Promise<void> {
    await this.ask("post", "/commute-windows", { label, start, end, days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] });
  }

  async windows(): Promise<CommuteWindow[]> {
    return (await this.ask<{ data: CommuteWindow[] }>("get", "/commute-windows")).data;
  }

  /** Changes some of the preferences, and leaves the rest. */
  async prefer(preferences: object): Promise<void> {
    await this.ask("put", "/preferences", preferences);
  }

  async preferences<T>(): Promise<T> {
    return this.ask("get", "/preferences");
  }

  private async ask<T>(method: "get" | "post" | "put", path: string, data?: object): Promise<T> {
    const response = await this.http[method](`/api/v1${path}`, { data });
    if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
    return response.json();
  }
}
