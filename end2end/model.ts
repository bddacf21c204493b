// A scripted chat model on this machine that can delay its replies, and reports token counts.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class Model {
  private readonly server: Server;
  private held: ServerResponse[] = [];

  private constructor(private readonly talk: (model: Model, response: ServerResponse) => void) {
    this.server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "text/event-stream" });
      this.talk(this, response);
    });
  }

  /** Starts each reply with these words, and continues after `letGo`. */
  static slow(words: string): Promise<Model> {
    return new Model((model, response) => {
      model.say(response, { content: words });
      model.held.push(response);
    }).open();
  }

  /** Searches the catalogue twenty times in each reply, with different words each time. */
  static curious(): Promise<Model> {
    let searches = 0;
    return new Model((model, response) => {
      const search = (_: unknown, index: number) => {
        const asked = { name: "search_catalog", arguments: JSON.stringify({ query: `platform ${++searches}` }) };
        return { index, id: `c${searches}`, type: "function", function: asked };
      };
      model.say(response, { tool_calls: Array.from({ length: 20 }, search) });
      model.end(response, "tool_calls");
    }).open();
  }

  /** Settings that make a server use this model. */
  get settings(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return { SMARTCACHE_LLM_URL: `http://127.0.0.1:${port}/v1`, SMARTCACHE_LLM_MODEL: "parrot" };
  }

  letGo(words: string): void {
    for (const response of this.held.splice(0)) {
      this.say(response, { content: words });
      this.end(response, "stop");
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async open(): Promise<this> {
    await new Promise<void>((ready) => this.server.listen(0, "127.0.0.1", ready));
    return this;
  }

  private say(response: ServerResponse, delta: object): void {
    this.send(response, { choices: [{ index: 0, delta }] });
  }

  private end(response: ServerResponse, finish_reason: string): void {
    this.send(response, { choices: [{ index: 0, delta: {}, finish_reason }] });
    this.send(response, { choices: [], usage: { prompt_tokens: 1_200, completion_tokens: 34 } });
    response.end("data: [DONE]\n\n");
  }

  private send(response: ServerResponse, chunk: object): void {
    response.write(`data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 0, model: "parrot", ...chunk })}\n\n`);
  }
}
