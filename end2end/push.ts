// The other side of notification channels on loopback: a push service with the keys of one browser, which reads its messages
// as RFC 8291 says with Node's own cryptography, and addresses that take anything.

import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export class Outside {
  readonly messages: Received[] = [];
  /** Status of the next answers. */
  status = 201;
  private readonly browser: ECDH = createECDH("prime256v1");
  private readonly auth = randomBytes(16);

  private constructor(private readonly server: Server) {
    this.browser.generateKeys();
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.messages.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(this.status).end();
      });
    });
  }

  static async open(): Promise<Outside> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return new Outside(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Settings of a server that may send here. */
  get settings(): Record<string, string> {
    return { SMARTCACHE_EGRESS_ALLOW: `127.0.0.1/32:${new URL(this.url).port}`, SMARTCACHE_PUSH_SERVICES: this.url };
  }

  /** Subscription as a browser hands it to the page. */
  get subscription(): object {
    const p256dh = this.browser.getPublicKey().toString("base64url");
    return { kind: "push", target: `${this.url}/wpush/secret`, p256dh, auth: this.auth.toString("base64url") };
  }

  /** Content of a message (RFC 8188 and RFC 8291). */
  read(message: Received): unknown {
    const { body } = message;
    const [salt, size, length] = [body.subarray(0, 16), body.readUInt32BE(16), body.readUInt8(20)];
    const sender = body.subarray(21, 21 + length);
    const record = body.subarray(21 + length);
    if (record.length > size) throw new Error("more than one record");
    const derive = (secret: Buffer, salt: Buffer, info: Buffer, bytes: number): Buffer =>
      Buffer.from(hkdfSync("sha256", secret, salt, info, bytes));
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.browser.getPublicKey(), sender]);
    const secret = derive(this.browser.computeSecret(sender), this.auth, info, 32);
    const key = derive(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
    const nonce = derive(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
    const cipher = createDecipheriv("aes-128-gcm", key, nonce);
    cipher.setAuthTag(record.subarray(-16));
    const padded = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
    const end = padded.lastIndexOf(2);
    return JSON.parse(padded.subarray(0, end).toString("utf8"));
  }

  /** Claims of a message's token (RFC 8292), once its signature is verified with the key that the server publishes. */
  claims(message: Received, key: string): { aud: string; exp: number; sub?: string } {
    const [, token, used] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(message.headers.authorization ?? "") ?? [];
    if (!token || used !== key) throw new Error(`another key, or no token: ${message.headers.authorization}`);
    const point = Buffer.from(key, "base64url");
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
    const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    const [header, claims, signature] = token.split(".") as [string, string, string];
    const signed = Buffer.from(`${header}.${claims}`);
    const options = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
    if (!verify("sha256", signed, options, Buffer.from(signature, "base64url"))) throw new Error("a wrong signature");
    const decoded = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (decoded(header).alg !== "ES256") throw new Error("another algorithm");
    return decoded(claims);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
