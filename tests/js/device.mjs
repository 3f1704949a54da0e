// A device identity that a program in Node brings along.
import { createHash, generateKeyPairSync, sign } from "node:crypto";

export class Device {
  #keys = generateKeyPairSync("ed25519");
  #token;

  load() {
    const key = Buffer.from(this.#keys.publicKey.export({ format: "jwk" }).x, "base64url");
    const id = createHash("sha256").update(key).digest("hex");
    return { id, publicKey: key.toString("base64url"), token: this.#token };
  }

  sign(statement) {
    return sign(null, Buffer.from(statement), this.#keys.privateKey).toString("base64url");
  }

  keep(token) {
    this.#token = token;
  }
}
