// The session picker in Chromium: what one window does shows in every other.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { connected, gateway, http } from "./gateway.mjs";

let browser, actor, first, second;
const faults = [];

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.SESSIONWIRE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
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

test("nothing went wrong in the pages", () => {
  assert.deepEqual(faults, []);
});

async function open() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`${gateway.http}/#token=${encodeURIComponent(gateway.token)}`);
  await page.locator('[data-testid="connection"][data-state="live"]').first().waitFor();
  return page;
}

async function shows(locator, text) {
  await locator.filter({ hasText: text }).waitFor();
}
