// The client, as applications see it.

import { text } from "./check.js";
import { MessageSubscription, SessionSubscription } from "./subscription.js";

export class Client {
  #driver;

  constructor(driver) {
    this.#driver = driver;
  }

  get status() {
    return this.#driver.status;
  }

  ready() {
    return this.#driver.ready();
  }

  subscribeSessions(callbacks, params) {
    return new SessionSubscription(this.#driver, callbacks, params);
  }

  subscribeMessages(key, listener, onError) {
    return new MessageSubscription(this.#driver, key, listener, onError);
  }

  listSessions(params) {
    return this.request("sessions.list", params);
  }

  async describeSession(key) {
    const described = await this.request("sessions.describe", { key });
    return described?.session;
  }

  createSession(params) {
    return this.request("sessions.create", params);
  }

  patchSession(params) {
    return this.request("sessions.patch", params);
  }

  async renameSession(key, label) {
    return this.#driver.rename(text(key, "key"), label === null ? undefined : text(label, "label"));
  }

  pinSession(key, pinned) {
    return this.patchSession({ key, pinned: !!pinned });
  }

  async archiveSession(key, archived) {
    const row = this.#driver.row(key) ?? (await this.describeSession(key));
    // A session without a transcript is left to the gateway to refuse.
    return this.patchSession({ key, archived: !!archived, expectedSessionId: row?.sessionId });
  }

  resetSession(params) {
    return this.request("sessions.reset", params);
  }

  deleteSession(params) {
    return this.request("sessions.delete", params);
  }

  sendMessage(params) {
    return this.request("sessions.send", params);
  }

  chatHistory(params) {
    return this.request("chat.history", params);
  }

  listCommands() {
    return this.request("commands.list");
  }

  async request(method, params) {
    return this.#driver.request(text(method, "method"), params);
  }

  reconnect() {
    this.#driver.reconnect();
  }

  close() {
    this.#driver.close();
  }
}
