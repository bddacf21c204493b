// A scripted publisher on this machine: sends half a file and waits, or does not find it.

import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { listing, manyItems, richItem, sideFiles } from "./feeds";
import { hostile } from "./hostile";

const episode = readFileSync(join(import.meta.dirname, "../demo/media/station-call.mp3"));

/** Larger than the lowest approval limit that a user can set. */
const large = Buffer.concat(Array(Math.ceil(1_500_000 / episode.length)).fill(episode));

/** Length of a file whose transfer takes a moment even on this machine. */
const vast = Math.ceil(40_000_000 / episode.length) * episode.length;

export class Origin {
  private readonly server: Server;
  private readonly held = new Set<ServerResponse>();
  private holds = true;
  private lost = true;
  private readonly failing = new Map<string, number>();
  private readonly replaced = new Map<string, Buffer>();

  private constructor() {
    this.server = createServer((request, response) => this.answer(request.url ?? "", response));
  }

  static async open(): Promise<Origin> {
    const origin = new Origin();
    await new Promise<void>((ready) => origin.server.listen(0, "127.0.0.1", ready));
    return origin;
  }

  /** Value of the setting that lets the server fetch from here. */
  get allowance(): string {
    return `127.0.0.1/32:${this.port}`;
  }

  /** Address of a feed with one episode that stops half-way until `letGo`. */
  get slowFeed(): string {
    return `http://127.0.0.1:${this.port}/slow.xml`;
  }

  /** Address of a feed with one episode that is not found until `mend`. */
  get brokenFeed(): string {
    return `http://127.0.0.1:${this.port}/broken.xml`;
  }

  /** Address of a feed with one episode of more than 1.5 MB. */
  get largeFeed(): string {
    return `http://127.0.0.1:${this.port}/large.xml`;
  }

  /** Bytes of that episode. */
  readonly largeEpisode = large;

  /** Address of a feed with one episode of 40 MB. */
  get vastFeed(): string {
    return `http://127.0.0.1:${this.port}/vast.xml`;
  }

  /** Address of a feed with one episode that announces almost 100 MB, and never arrives. */
  get hugeFeed(): string {
    return `http://127.0.0.1:${this.port}/huge.xml`;
  }

  /** Address of a feed with 2,000 items of various lengths. */
  get manyFeed(): string {
    return `http://127.0.0.1:${this.port}/many.xml`;
  }

  /** Address of a feed with one episode that has every element. */
  get richFeed(): string {
    return `http://127.0.0.1:${this.port}/rich.xml`;
  }

  /** Address of a feed with a payload in every text. */
  hostileFeed(payload: number): string {
    return `http://127.0.0.1:${this.port}/hostile/feed-${payload}.xml`;
  }

  /** Address of a web page that links to the feed with the episode of more than 1.5 MB. */
  get site(): string {
    return `http://127.0.0.1:${this.port}/site/`;
  }

  /** Address of a podcast directory like iTunes that knows the podcast with the large episode. */
  get directory(): string {
    return `http://127.0.0.1:${this.port}/itunes`;
  }

  letGo(): void {
    this.holds = false;
    for (const response of this.held) response.end(episode.subarray(episode.length / 2));
    this.held.clear();
  }

  mend(): void {
    this.lost = false;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  /** Answers every request for a path with these bytes from now on, as a site that has encoded its file anew. */
  replace(path: string, bytes: Buffer): void {
    this.replaced.set(path, bytes);
  }

  /** Answers every request for a path with this status from now on. */
  fail(path: string, status: number): void {
    this.failing.set(path, status);
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private answer(address: string, response: ServerResponse): void {
    const { pathname: path, searchParams: asked } = new URL(address, "http://nowhere");
    const failure = this.failing.get(path);
    if (failure) {
      response.writeHead(failure).end();
      return;
    }
    const other = this.replaced.get(path);
    if (other) {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": other.length }).end(other);
      return;
    }
    const site = `http://127.0.0.1:${this.port}`;
    if (path === "/many.xml" || path === "/rich.xml") {
      const feed = path === "/many.xml" ? manyItems(site) : richItem(site, episode.length);
      response.writeHead(200, { "content-type": "application/rss+xml" }).end(feed);
      return;
    }
    if (path === "/itunes/search") {
      const results = asked.get("term")?.includes("haul") ? [listing(this.largeFeed)] : [];
      response.writeHead(200, { "content-type": "text/javascript" }).end(JSON.stringify({ resultCount: results.length, results }));
      return;
    }
    const beside = sideFiles[path] ?? hostile(path, site, episode.length);
    if (beside) {
      response.writeHead(200, { "content-type": beside.type }).end(beside.text);
      return;
    }
    if (path === "/rich.mp3") {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": episode.length }).end(episode);
      return;
    }
    const sound = { "content-type": "audio/mpeg", "content-length": episode.length };
    if (path === "/site/") {
      const link = '<link rel="alternate" type="application/rss+xml" title="Long Haul" href="/large.xml">';
      response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><title>Site</title>${link}<p>Hi</p>`);
      return;
    }
    if (path === "/large.xml") return this.feed(response, "Long Haul", "/large.mp3", "The Grand Tour", large.length);
    if (path === "/large.mp3") {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": large.length }).end(large);
      return;
    }
    if (path === "/vast.xml") return this.feed(response, "World Tour", "/vast.mp3", "The Endless Tour", vast);
    if (path === "/vast.mp3") {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": vast });
      Readable.from(Array<Buffer>(vast / episode.length).fill(episode)).pipe(response);
      return;
    }
    if (path === "/huge.xml") return this.feed(response, "Heavy Goods", "/huge.mp3", "The Whole Series", 99_980_000);
    if (path === "/huge.mp3") {
      this.held.add(response);
      response.on("close", () => this.held.delete(response));
      return;
    }
    if (path === "/slow.xml") return this.feed(response, "Slow Coach", "/slow.mp3", "The Long Way Round");
    if (path === "/broken.xml") return this.feed(response, "Lost Property", "/broken.mp3", "The Missing Suitcase");
    if (path === "/slow.mp3" && this.holds) {
      response.writeHead(200, sound).write(episode.subarray(0, episode.length / 2));
      this.held.add(response);
      response.on("close", () => this.held.delete(response));
      return;
    }
    if (path === "/slow.mp3" || (path === "/broken.mp3" && !this.lost)) {
      response.writeHead(200, sound).end(episode);
      return;
    }
    response.writeHead(404).end();
  }

  private feed(response: ServerResponse, name: string, path: string, title: string, bytes = episode.length): void {
    response.writeHead(200, { "content-type": "application/rss+xml" }).end(
      `<rss version="2.0"><channel><title>${name}</title><item><guid>${path}</guid><title>${title}</title>` +
        `<enclosure url="http://127.0.0.1:${this.port}${path}" length="${bytes}" type="audio/mpeg"/></item></channel></rss>`,
    );
  }
}
