import type { Device, DeviceIdentity } from "./index.js";

/** A device that is kept in a file: its methods answer at once, or throw. */
export interface DeviceFile extends DeviceIdentity {
    load(): Device;
    sign(statement: string): string;
    keep(token: string | null): void;
}

/**
 * The device of a program in Node, for one gateway: an Ed25519 key, and the token that the gateway issued to it. The
 * file is made, for its owner only, when the device is first asked for; its folder has to exist. A file that is
 * something else is never written, and `load` throws.
 */
export function deviceFile(path: string): DeviceFile;
