import { Client } from "./client.js";
import { Driver } from "./driver.js";
import { readOptions } from "./options.js";

/** A client that starts to connect; `platform` is `web` in browsers, else the name of the operating system. */
export function open(options, platform) {
  const driver = new Driver(readOptions(options, platform));
  driver.start();
  return new Client(driver);
}
