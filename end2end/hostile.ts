// Hostile texts that try to become markup, and a publisher that puts them everywhere a feed has a text.

export const payloads = [
  '</title><meta http-equiv="refresh" content="0;url=/planted"><i data-planted>',
  "</textarea></script><script>window.planted=1</script><img data-planted src=x onerror=window.planted=1>",
  '"><svg data-planted onload="window.planted=1"></svg>',
  "' onmouseover='window.planted=1' onfocus=window.planted=1 autofocus x='",
  "</style></select></option></noscript><iframe data-planted srcdoc='<script>parent.planted=1</script>'>",
  "<!--><img data-planted src=x onerror=window.planted=1>--><base href='//planted.example/'>",
  "]]>\u2028\\u003c/script><b data-planted>&lt;b data-planted&gt;\\\"};window.planted=1;//",
];

const script = "javascript:window.planted=1";

/** Escapes for XML. Applied twice for feeds that escape twice. */
const xml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&apos;");

/** A feed, a page, chapters or a transcript with one of the payloads; `undefined` at other paths. */
export function hostile(path: string, site: string, bytes: number): { type: string; text: string } | undefined {
  const [, file, number] = /^\/hostile\/([a-z]+)-(\d)/.exec(path) ?? [];
  const payload = payloads[Number(number)];
  if (!file || !payload) return undefined;
  switch (file) {
    case "feed":
      return { type: "application/rss+xml", text: feed(Number(number), payload, site, bytes) };
    case "page":
      return { type: "text/html", text: page(payload) };
    case "chapters":
      return {
        type: "application/json+chapters",
        text: JSON.stringify({ version: "1.2.0", chapters: [{ startTime: 0, title: payload, url: script, img: script }] }),
      };
    case "transcript":
      return { type: "text/vtt", text: `WEBVTT\n\n00:00.000 --> 00:01.000\n<v ${payload.replaceAll(">", "")}>${payload}\n` };
  }
}

function feed(number: number, payload: string, site: string, bytes: number): string {
  const item = (name: string, text: string): string =>
    `<item><guid isPermaLink="false">${name}-${number}</guid><title>${text}</title><itunes:subtitle>${text}</itunes:subtitle>` +
    `<link>${script}</link><comments>${script}</comments><itunes:author>${text}</itunes:author><category>${text}</category>` +
    `<description>${xml(`<p>${payload}</p><a href="${script}" onclick="window.planted=1">here</a>`)}</description>` +
    `<content:encoded>${xml(`${payload}<form action="/planted"><input data-planted></form>`)}</content:encoded>` +
    `<itunes:image href="${script}"/><podcast:season name="${text}">1</podcast:season><podcast:episode display="${text}">1</podcast:episode>` +
    `<podcast:person role="${text}" href="${script}">${text}</podcast:person><podcast:location>${text}</podcast:location>` +
    `<podcast:license url="${script}">${text}</podcast:license><podcast:soundbite startTime="1" duration="9">${text}</podcast:soundbite>` +
    `<podcast:chapters url="${site}/hostile/chapters-${number}" type="application/json+chapters"/>` +
    `<podcast:transcript url="${site}/hostile/transcript-${number}" type="text/vtt"/>` +
    `<enclosure url="${site}/rich.mp3?${number}${name}" length="${bytes}" type="audio/mpeg"/></item>`;
  return (
    '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ' +
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:podcast="https://podcastindex.org/namespace/1.0">' +
    `<channel><title>${xml(payload)}</title><description>${xml(payload)}</description><link>${script}</link>` +
    `<itunes:author>${xml(payload)}</itunes:author><podcast:funding url="${script}">${xml(payload)}</podcast:funding>` +
    `<image><url>${script}</url></image><language>${xml(payload)}</language>` +
    `${item("once", xml(payload))}${item("twice", xml(xml(payload)))}` +
    `<item><guid isPermaLink="false">page-${number}</guid><title>${xml(payload)} page</title>` +
    `<link>${site}/hostile/page-${number}</link></item></channel></rss>`
  );
}

const page = (payload: string): string =>
  `<!doctype html><html><head><title>${xml(payload)}</title><meta name="author" content="${xml(payload)}"></head><body><article>` +
  `<h1>${xml(payload)}</h1><p>${"A long walk by the sea, told at length. ".repeat(30)}</p><p>${payload}</p>` +
  `<p><a href="${script}">here</a>${"And the way back, told at length. ".repeat(30)}</p></article></body></html>`;
