// A publisher on loopback with a feed of 2,000 episodes.
import { createServer } from "node:http";
import { freePort } from "./server.mjs";

const COUNT = 2_000;

function feed() {
  const item = (n) => {
    const day = new Date(Date.now() - n * 86_400_000).toUTCString();
    return (
      `<item><guid isPermaLink="false">many-${n}</guid><title>Day ${COUNT - n} at the harbour</title><pubDate>${day}</pubDate>` +
      `<description>What happened at the harbour on that day.</description><itunes:duration>${5 + (n % 24) * 5}:00</itunes:duration>` +
      `<enclosure url="http://127.0.0.1/many/${n}.mp3" length="9000000" type="audio/mpeg"/></item>`
    );
  };
  const items = Array.from({ length: COUNT }, (_, n) => item(n)).join("");
  return `<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Every Day</title>${items}</channel></rss>`;
}

/** Serves the feed. Returns its address, and the exception that the egress guard needs. */
export async function serveManyItems() {
  const port = await freePort();
  const server = createServer((_, answer) => answer.setHeader("content-type", "application/rss+xml").end(feed()));
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return { feed: `http://127.0.0.1:${port}/feed.xml`, allow: `127.0.0.1/32:${port}`, close: () => server.close() };
}
