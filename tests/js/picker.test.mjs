// The session picker in Chromium: what one window does shows in every other.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { connected, gateway, http } from "./gateway.mjs";

let browser, actor, first, second;
const faults = [];

before(async () => {
  browser = await launch();
  actor = await connected();
  [first, second] = [await open(), await open()];
});

after(async () => {
  actor?.close();
  await browser?.close();
});

const row = (page, key) => page.locator(`[data-testid="session-row"][data-key="agent:main:${key}"]`);
const title = (page, key) => row(page, key).getByTestId("row-title");

test("the address bar does not keep the token", () => {
  assert.ok(!first.url().includes(gateway.token));
});

test("a session made in one window appears in the other", async () => {
  await first.getByTestId("new-session").first().click();
  await first.getByTestId("new-name").fill("From the first window");
  await first.getByTestId("create").click();
  await second.getByText("From the first window").first().waitFor();
});

test("changes from anywhere show in both windows", async () => {
  await actor.createSession({ key: "anywhere", label: "One" });
  for (const page of [first, second]) await row(page, "anywhere").waitFor();
  await http("PATCH", "/v1/chat/sessions/agent:main:anywhere", { label: "By HTTP" });
  for (const page of [first, second]) await shows(title(page, "anywhere"), "By HTTP");
  await actor.sendMessage({ key: "anywhere", message: "/name By a chat command" });
  for (const page of [first, second]) await shows(title(page, "anywhere"), "By a chat command");
});

test("a chat command typed into one window renames the session in the other", async () => {
  await row(first, "anywhere").click();
  await first.getByTestId("composer").waitFor();
  await first.getByTestId("message").fill("/name Typed");
  await first.getByTestId("send").click();
  await shows(title(second, "anywhere"), "Typed");
  await first.getByTestId("transcript").getByText("Session renamed to “Typed”.").waitFor();
});

test("an evicted session is said to be gone, and why", async () => {
  await row(second, "anywhere").click();
  await second.getByTestId("panel").waitFor();
  await actor.deleteSession({ key: "anywhere" });
  await second.getByTestId("evicted").waitFor();
  await second.getByTestId("toast").first().waitFor();
  assert.match(await second.getByTestId("evicted").innerText(), /deleted/i);
  for (const page of [first, second]) await row(page, "anywhere").waitFor({ state: "detached" });
});

test("a name shows before the gateway has answered, and changes once", async () => {
  await actor.createSession({ key: "renamed", label: "Before" });
  const [page, wire] = await openHeld();
  const shown = await titlesShown(page, "renamed");
  wire.hold();
  await rename(page, "renamed", "After");
  await row(page, "renamed").locator('[data-testid="row-title"][data-pending="true"]').waitFor();
  assert.equal(await title(page, "renamed").innerText(), "After");
  wire.release();
  await row(page, "renamed").locator('[data-testid="row-title"][data-pending="false"]').waitFor();
  assert.deepEqual(await shown(), ["Before", "After"]);
  await shows(title(first, "renamed"), "After");
  await page.context().close();
});

test("a name that is refused comes back to be corrected, and why it was", async () => {
  await actor.createSession({ key: "taken", label: "Taken" });
  await actor.createSession({ key: "refused", label: "Mine" });
  const [page, wire] = await openHeld();
  const shown = await titlesShown(page, "refused");
  wire.hold();
  await rename(page, "refused", "Taken");
  await shows(title(page, "refused"), "Taken");
  wire.release();
  await row(page, "refused").getByText("Label already in use: Taken.").waitFor();
  const input = page.getByTestId("rename-input");
  assert.equal(await input.inputValue(), "Taken");
  assert.equal(await input.getAttribute("aria-invalid"), "true");
  await page.keyboard.press("Escape");
  await shows(title(page, "refused"), "Mine");
  assert.deepEqual(await shown(), ["Mine", "Taken", "Mine"]);

  await row(page, "refused").click();
  await page.getByTestId("panel-title").getByRole("button").click();
  await input.fill("Taken");
  await input.press("Enter");
  await page.getByTestId("panel").getByTestId("rename-refusal").waitFor();
  await input.fill("Mine alone");
  await input.press("Enter");
  await shows(page.getByTestId("panel-title"), "Mine alone");
  await shows(title(first, "refused"), "Mine alone");
  await page.context().close();
});

test("a long list grows as one goes down, and stays live", async () => {
  const names = Array.from({ length: 250 }, (_, index) => `bulk-${String(index).padStart(3, "0")}`);
  await Promise.all(names.map((key) => actor.createSession({ key, label: `Bulk ${key.slice(-3)}` })));
  const [page, wire] = await openHeld();
  await search(page, "bulk");
  await counted(page, 100);
  await shows(page.getByTestId("count"), "The first 100 sessions");

  wire.hold();
  await page.getByTestId("session-list").press("End");
  await shows(page.getByTestId("load-more"), "Loading more…");
  wire.release();
  await counted(page, 200);
  await page.getByTestId("session-list").press("End");
  await counted(page, 250);
  await page.getByTestId("load-more").waitFor({ state: "detached" });
  await shows(page.getByTestId("count"), "250 matches");

  await page.getByTestId("session-list").press("Home");
  await actor.sendMessage({ key: "bulk-000", message: "to the top" });
  await row(page, "bulk-000").waitFor();
  await actor.deleteSession({ key: "bulk-001" });
  await counted(page, 249);
  await page.context().close();
});

test("the button at the end of a list loads more without a mouse", async () => {
  const [page, wire] = await openHeld();
  await search(page, "bulk");
  await counted(page, 100);
  wire.hold();
  await page.getByTestId("session-list").press("End");
  await page.getByTestId("load-more").focus();
  await page.keyboard.press("Enter");
  wire.release();
  await counted(page, 200);
  assert.equal(await page.getByTestId("panel").count(), 0, "no session was opened by it");
  await page.context().close();
});

test("a search asks the gateway, and is live", async () => {
  await first.getByTestId("search").fill("bulk 199");
  await row(first, "bulk-199").waitFor();
  await counted(first, 1);
  await actor.renameSession("agent:main:bulk-050", "Bulk 199 as well");
  await counted(first, 2);
  await actor.renameSession("agent:main:bulk-199", "Another");
  await counted(first, 1);
  await row(first, "bulk-050").waitFor();

  await actor.archiveSession("agent:main:bulk-050", true);
  await first.getByTestId("no-matches").waitFor();
  await first.getByRole("button", { name: "Show 1 archived session" }).click();
  await row(first, "bulk-050").waitFor();
  await first.getByTestId("show-archived").click();
  await first.getByTestId("search").fill("zebra");
  await first.getByTestId("no-matches").getByText("Nothing matches “zebra”").waitFor();
  await first.getByRole("button", { name: "Show all" }).click();
  await counted(first, 100);
});

test("a session that the list does not show is opened by its address, and kept current", async () => {
  const { key, label } = (await actor.listSessions({ limit: 1000 })).sessions.at(-1);
  const page = await open(`session=${key}`);
  await shows(page.getByTestId("panel-title"), label);
  await counted(page, 100);
  assert.equal(await row(page, key.slice("agent:main:".length)).count(), 0);
  await actor.renameSession(key, "Out of sight");
  await shows(page.getByTestId("panel-title"), "Out of sight");
  await actor.pinSession(key, true);
  await page.locator('[data-testid="pin"][aria-pressed="true"]').waitFor();
  await page.context().close();
});

test("nothing went wrong in the pages", () => {
  assert.deepEqual(faults, []);
});

async function open(fragment = "", prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await prepare(page);
  await page.goto(`${gateway.http}/#token=${encodeURIComponent(gateway.token)}&${fragment}`);
  await page.locator('[data-testid="connection"][data-state="live"]').first().waitFor();
  return page;
}

/** A page, and a hand on what the gateway sends to it. */
async function openHeld() {
  let deliver;
  let held = null;
  const wire = {
    hold: () => (held = []),
    release: () => {
      for (const message of held) deliver(message);
      held = null;
    },
  };
  const page = await open("", (page) =>
    page.routeWebSocket(/^ws:/, (socket) => {
      const server = socket.connectToServer();
      deliver = (message) => socket.send(message);
      server.onMessage((message) => (held ? held.push(message) : deliver(message)));
    }),
  );
  return [page, wire];
}

async function rename(page, key, name) {
  await title(page, key).dblclick();
  await page.getByTestId("rename-input").fill(name);
  await page.getByTestId("rename-input").press("Enter");
}

/** Searches for a word in titles, and waits for what is found. */
async function search(page, word) {
  await page.getByTestId("search").fill(word);
  await page.getByTestId("row-title").locator("mark").first().waitFor();
}

/** Keeps every title that a row shows, one after the other. */
async function titlesShown(page, key) {
  await title(page, key).waitFor();
  await page.evaluate((key) => {
    const shown = (globalThis.shown = []);
    const look = () => {
      const title = document.querySelector(`[data-key="agent:main:${key}"] .row-title`)?.textContent;
      if (title !== undefined && title !== shown.at(-1)) shown.push(title);
    };
    look();
    const everything = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document.getElementById("sessions"), everything);
  }, key);
  return () => page.evaluate(() => globalThis.shown);
}

async function counted(page, count) {
  await page.locator(`[data-testid="session-list"][data-count="${count}"]`).waitFor();
}

async function shows(locator, text) {
  await locator.filter({ hasText: text }).waitFor();
}
