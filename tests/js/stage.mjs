// The gateway that one of OpenClaw's clients plays with, and what can be done to it, as told by whoever started it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** How many milliseconds anything may take on a busy machine. */
export const PATIENCE = 120_000;

export const gateway = {
  url: required("SESSIONWIRE_URL"),
  http: required("SESSIONWIRE_HTTP"),
  token: required("SESSIONWIRE_TOKEN"),
  /** The same for programs on another machine, behind a proxy. */
  elsewhere: required("SESSIONWIRE_ELSEWHERE_URL"),
};

/** Whether it is in front of OpenClaw's own gateway. */
export const inFront = required("SESSIONWIRE_IN_FRONT") === "true";

/** What a chat shows after `/goal start Ship it`. */
export const afterGoal = required("SESSIONWIRE_AFTER_GOAL");

/** A file of an installed package of OpenClaw's. */
export const installed = (...path) => join(required("SESSIONWIRE_OPENCLAW_DIR"), "node_modules", ...path);

/** Stops the gateway and starts it again. */
export const restart = () => ask("restart");
/** Keeps all that the gateway says from its clients, until one of them ends its connection. */
export const silence = () => ask("silence");
/** Lets the gateway's owner run `sessionwire devices`. */
export const devices = (...words) => ask(["devices", ...words].join(" "));

/** News of a client, in order, each taken once. */
export class News {
  #kept = [];
  #waiting = [];

  tell(news) {
    this.#kept.push(news);
    for (const check of this.#waiting.splice(0)) check();
  }

  /** The first of them that `wanted` accepts; earlier ones are forgotten. */
  async next(wanted) {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      for (const check of this.#waiting.splice(0)) check();
    }, PATIENCE);
    try {
      for (;;) {
        const place = this.#kept.findIndex(wanted);
        if (place >= 0) return this.#kept.splice(0, place + 1).at(-1);
        assert.ok(!isLate, `it did not come; this did: ${JSON.stringify(this.#kept).slice(0, 4_000)}`);
        await new Promise((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }
}

async function ask(what) {
  console.log(`@${what}`);
  const lines = createInterface({ input: process.stdin });
  const answer = await new Promise((resolve) => lines.once("line", resolve));
  lines.close();
  assert.equal(answer, "done");
}

function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; the Rust tests start these tests`);
  return value;
}
