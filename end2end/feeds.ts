// Larger feeds of the test publisher, and the files beside them.

const channel = (name: string, items: string): string =>
  '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ' +
  'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:podcast="https://podcastindex.org/namespace/1.0">' +
  `<channel><title>${name}</title><description>For tests</description>${items}</channel></rss>`;

const places = ["the harbour", "a night train", "the mountain hut", "an island", "the tram depot", "a lighthouse", "the old market"];

/** A feed of 2,000 episodes, one a day up to 1 November 2026, with lengths from 5 to 120 minutes. */
export function manyItems(site: string): string {
  const item = (n: number): string => {
    const day = new Date(Date.UTC(2026, 10, 1) - n * 86_400_000).toUTCString();
    const minutes = 5 + (n % 24) * 5;
    return (
      `<item><guid isPermaLink="false">many-${n}</guid><title>Day ${2_000 - n} at ${places[n % places.length]}</title><pubDate>${day}</pubDate>` +
      `<description>What happened at ${places[n % places.length]} on that day, told by the people who were there and by one who only passed through.</description>` +
      `<itunes:duration>${minutes}:00</itunes:duration><enclosure url="${site}/many/${n}.mp3" length="${minutes * 900_000}" type="audio/mpeg"/></item>`
    );
  };
  return channel("Every Day", Array.from({ length: 2_000 }, (_, n) => item(n)).join(""));
}

/** A feed with one episode that uses all of Podcasting 2.0. */
export function richItem(site: string, bytes: number): string {
  return channel(
    "Deep Listening",
    "<item><guid>rich</guid><title>How Tunnels Sing</title><itunes:subtitle>Echoes under the city</itunes:subtitle>" +
      "<link>https://example.org/tunnels</link><pubDate>Fri, 20 Nov 2026 05:30:00 GMT</pubDate><itunes:duration>47:10</itunes:duration>" +
      "<itunes:author>Ann Ash</itunes:author><category>Sound</category><category>Cities</category><itunes:explicit>yes</itunes:explicit>" +
      '<podcast:season name="Underground">2</podcast:season><podcast:episode display="Ch. 7">7</podcast:episode>' +
      "<content:encoded><![CDATA[<p>A walk with <a href='https://example.org/ash'>a listener</a> through four tunnels.</p>" +
      "<ul><li>The long echo</li><li>The short one</li></ul><script>document.title = 'stolen'</script>]]></content:encoded>" +
      `<enclosure url="${site}/rich.mp3" length="${bytes}" type="audio/mpeg"/>` +
      `<podcast:alternateEnclosure type="audio/opus" length="2400000" bitrate="32000" title="Small"><podcast:source uri="https://example.org/rich.opus"/></podcast:alternateEnclosure>` +
      `<podcast:chapters url="${site}/chapters.json" type="application/json+chapters"/>` +
      `<podcast:transcript url="${site}/transcript.vtt" type="text/vtt" language="en"/>` +
      '<podcast:person role="guest" href="https://example.org/bea">Bea Bell</podcast:person>' +
      '<podcast:soundbite startTime="1.5" duration="20">The long echo</podcast:soundbite>' +
      '<podcast:location geo="geo:52.5,13.4">Berlin</podcast:location><podcast:license>cc-by-4.0</podcast:license></item>',
  );
}

export const sideFiles: Record<string, { type: string; text: string }> = {
  "/chapters.json": {
    type: "application/json+chapters",
    text: JSON.stringify({
      version: "1.2.0",
      chapters: [
        { startTime: 0, title: "Going down" },
        { startTime: 1, title: "The <long> echo", url: "https://example.org/echo" },
        { startTime: 2, title: "A picture only", toc: false },
        { startTime: 3_725, title: "Up again" },
      ],
    }),
  },
  "/transcript.vtt": {
    type: "text/vtt",
    text: "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>Listen to that.\n\n00:01.000 --> 00:02.000\n<v Bea>It comes back after nine seconds.\n",
  },
};

/** A podcast in the form of the iTunes Search API. */
export const listing = (feedUrl: string): object => ({
  kind: "podcast",
  collectionName: "Long Haul",
  artistName: "Ann & Ash",
  trackCount: 1,
  genres: ["Travel", "Podcasts"],
  feedUrl,
});
