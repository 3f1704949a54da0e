// OpenClaw's web Control UI, as this gateway serves it, in Chromium. The names of the tests are those of
// `tests/conformance/behaviours.json`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { connect } from "./reference-node.mjs";
import { afterGoal, gateway, restart, silence } from "./stage.mjs";

let actor, browser, page, socket;
const faults = [];

before(async () => {
  actor = await connect();
  await actor.news.next((news) => news.type === "hello");
  for (const key of ["alpha", "beta", "gamma"]) await actor.request("sessions.create", { key, label: `The ${key}` });
  await actor.request("sessions.subscribe", {});
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(60_000);
  page.on("websocket", (opened) => (socket = opened));
  page.on("pageerror", (error) => faults.push(String(error)));
});

after(async () => {
  await browser.close();
  await actor.stop();
});

const row = (key) => page.locator(`[data-session-key="agent:main:${key}"]`);
const named = (key, name) => row(key).filter({ hasText: name }).waitFor();

test("connects", async () => {
  await page.goto(`${gateway.http}/chat?session=agent:main:alpha#token=${gateway.token}`);
  await page.getByText("Connected").first().waitFor({ state: "attached" });
});

test("lists sessions", async () => {
  for (const key of ["alpha", "beta", "gamma"]) await named(key, `The ${key}`);
});

test("opens a session", async () => {
  await actor.request("chat.inject", { sessionKey: "beta", message: "hello from afar" });
  await row("beta").click();
  await page.getByText("hello from afar").first().waitFor();
  await actor.request("chat.inject", { sessionKey: "beta", message: "while you look" });
  await page.getByText("while you look").first().waitFor();
});

test("follows what others change", async () => {
  await actor.request("sessions.patch", { key: "gamma", label: "Changed elsewhere" });
  await named("gamma", "Changed elsewhere");
  await actor.request("sessions.create", { key: "delta", label: "Made elsewhere" });
  await named("delta", "Made elsewhere");
  await actor.request("sessions.delete", { key: "delta" });
  await row("delta").waitFor({ state: "detached" });
});

test("renames", async () => {
  await choose("gamma", /Rename/);
  await rename("Renamed here");
  await named("gamma", "Renamed here");
  await becomes("gamma", (row) => row.label === "Renamed here");
});

test("is told of refusals", async () => {
  await choose("gamma", /Rename/);
  await rename("The alpha");
  await page.getByText("label already in use: The alpha").first().waitFor();
  await named("gamma", "Renamed here");
});

test("pins", async () => {
  await choose("gamma", /Pin session/);
  await becomes("gamma", (row) => row.pinned);
  await choose("gamma", /Unpin session/);
  await becomes("gamma", (row) => !row.pinned);
});

test("archives", async () => {
  await choose("gamma", /Archive session/);
  await row("gamma").waitFor({ state: "detached" });
  await becomes("gamma", (row) => row.archived);
});

test("deletes", async () => {
  await choose("alpha", /^\s*Delete/);
  await page.getByRole("button", { name: /^\s*Delete\s*$/ }).click();
  await row("alpha").waitFor({ state: "detached" });
  await becomes("alpha", (row) => row === null);
});

test("sends /name and /goal", async () => {
  await say("/name Named in the chat");
  await named("beta", "Named in the chat");
  await page.getByText("Session renamed to “Named in the chat”.").first().waitFor();
  await say("/goal start Ship it");
  await page.getByText(afterGoal).first().waitFor();
  await becomes("beta", (row) => row.goal?.objective === "Ship it");
});

test("resets", async () => {
  await say("/reset");
  await page.getByText("Session reset.").first().waitFor();
  await page.getByText("while you look").first().waitFor({ state: "detached" });
  await becomes("beta", (row) => row.goal === undefined);
});

test("notices silence", async () => {
  const closed = socket.waitForEvent("close", { timeout: 60_000 });
  await silence();
  await closed;
  await actor.request("sessions.patch", { key: "beta", label: "After the silence" });
  await named("beta", "After the silence");
});

test("comes back after a restart", async () => {
  await restart();
  await actor.news.next((news) => news.type === "hello");
  await actor.request("sessions.patch", { key: "beta", label: "After the restart" });
  await named("beta", "After the restart");
  assert.deepEqual(faults, []);
});

async function choose(key, item) {
  await row(key).click({ button: "right" });
  await page.getByRole("menuitem", { name: item }).first().click();
}

async function rename(name) {
  const input = page.locator("input[name=value]");
  await input.fill(name);
  await input.press("Enter");
}

async function say(message) {
  const composer = page.getByPlaceholder(/^Message/);
  await composer.fill(message);
  await composer.press("Enter");
}

/** Waits for the store: what the page shows may be ahead of it. */
async function becomes(key, isSo) {
  const ofIt = ({ event, payload }) => event === "sessions.changed" && payload.sessionKey === `agent:main:${key}`;
  while (!isSo((await actor.request("sessions.describe", { key })).session)) await actor.news.next(ofIt);
}
