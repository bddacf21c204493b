// The address of the server for the browser: stays the same over restarts, counts the bytes of files, limits their rate,
// and notes the events of contacts that the server has taken.
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { freePort } from "./server.mjs";

export class Gateway {
  /** Bytes of files that were sent to the browser. */
  bytes = 0;
  /** Events of all contacts that were answered, by device and number. */
  events = new Map();
  /** Most bytes of a file in a second. */
  rate = Infinity;
  #sockets = new Set();

  static async create() {
    const gateway = new Gateway();
    gateway.port = await freePort();
    gateway.url = `http://127.0.0.1:${gateway.port}`;
    return gateway;
  }

  /** Accepts connections for a server. */
  async standBefore(url) {
    this.server = createServer((asked, answer) => this.#carry(new URL(url), asked, answer));
    this.server.on("connection", (socket) => this.#keep(socket));
    this.server.on("upgrade", (asked, socket, head) => this.#join(new URL(url), asked, socket, head));
    await new Promise((done) => this.server.listen(this.port, "127.0.0.1", done));
  }

  /** Refuses connections from now on, as without a server. */
  async refuse() {
    this.#sockets.forEach((socket) => socket.destroy());
    await new Promise((done) => this.server.close(done));
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #carry({ port }, asked, answer) {
    const { method, url: path, headers } = asked;
    const isFile = /^\/api\/v1\/downloads\/\d+\/file/.test(path);
    const contact = /^\/api\/v1\/devices\/(\d+)\/contact$/.exec(path);
    const sent = [];
    if (contact) headers["accept-encoding"] = "identity";
    const forward = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      const parts = [];
      const began = performance.now();
      let arrived = 0;
      response.on("data", (bytes) => {
        if (contact) parts.push(bytes);
        const isFull = !answer.write(bytes);
        if (isFile) this.bytes += bytes.length;
        arrived += bytes.length;
        const early = isFile ? (arrived / this.rate) * 1_000 - (performance.now() - began) : 0;
        if (!isFull && early <= 1) return;
        response.pause();
        const resume = () => (early > 1 ? setTimeout(() => response.resume(), early) : response.resume());
        if (isFull) answer.once("drain", resume);
        else resume();
      });
      response.on("end", () => {
        if (contact && response.statusCode === 200) this.#note(contact[1], Buffer.concat(sent), Buffer.concat(parts));
        answer.end();
      });
      response.on("error", () => answer.destroy());
    });
    forward.on("error", () => answer.destroy());
    answer.on("close", () => forward.destroy());
    asked.on("data", (bytes) => contact && sent.push(bytes));
    asked.pipe(forward);
  }

  #note(device, asked, answered) {
    const { events_through } = JSON.parse(answered);
    for (const event of JSON.parse(asked).events ?? []) {
      if (event.seq <= events_through) this.events.set(`${device}/${event.seq}`, event);
    }
  }

  #join({ port }, asked, socket, head) {
    const backend = connect(Number(port), "127.0.0.1", () => {
      const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      backend.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      backend.write(head);
      socket.pipe(backend).pipe(socket);
    });
    backend.on("error", () => socket.destroy());
    socket.on("close", () => backend.destroy());
    backend.on("close", () => socket.destroy());
  }
}
