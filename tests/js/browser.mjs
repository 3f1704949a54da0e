// The browser that the tests drive.
import { chromium } from "playwright-core";

/** Starts Chromium with nothing that talks to anyone but the tests. */
export function launch() {
  return chromium.launch({
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
}
