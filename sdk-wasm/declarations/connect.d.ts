/**
 * Loads the package's WebAssembly once, and starts to connect. Resolves at once: how the connection goes is in
 * `options.onStatus`, in {@link Client.status} and in {@link Client.ready}. Rejects where the options are wrong.
 */
export function connect(options: ConnectOptions): Promise<Client>;

declare global {
    interface SymbolConstructor {
        // As in the library `esnext.disposable`, for those who compile without it.
        readonly dispose: unique symbol;
    }
}

/** What {@link connect} takes. */
export interface ConnectOptions extends ConnectSettings {
    /**
     * The constructor of sockets, with the interface of browsers. Where absent, the global `WebSocket`;
     * in Node without one, that of the package `ws`.
     */
    WebSocket?: unknown;
    /**
     * Which device connects. Where absent, pages prove one that the package keeps in IndexedDB, for each gateway one,
     * whose private key nobody can read; programs in Node have none. `null` turns it off.
     */
    device?: DeviceIdentity | null;
    /** Told whenever the connection changes, from the first attempt on. */
    onStatus?: (status: ConnectionStatus) => void;
}

/** The part of {@link ConnectOptions} that is plain data. */
export interface ConnectSettings {
    /** Where the gateway listens: `ws://…` or `wss://…`. */
    url: string;
    /** The gateway's token. */
    token?: string;
    /** What the client wants to do; reading, writing and administering where absent. What it got is in the status. */
    scopes?: string[];
    /** How long a request may take, 30,000 where absent. */
    requestTimeoutMs?: number;
    /** Which program this is. */
    client?: ClientSettings;
}

/** How a client introduces itself. Gateways take the ids and modes of protocol 4 only. */
export interface ClientSettings {
    /** `webchat` in browsers, `gateway-client` in Node where absent. */
    id?: string;
    /** `webchat` in browsers, `backend` in Node where absent. */
    mode?: string;
    /** What to call it. */
    displayName?: string;
    /** The program's version; the package's where absent. */
    version?: string;
}

/**
 * A device identity: an Ed25519 key that proves to a gateway which device connects. Gateways that need none never see
 * it, and then nothing of it is called. What a method throws, or rejects with, is told where the gateway insists on a
 * device.
 */
export interface DeviceIdentity {
    /** Which device this is, with the token that was kept last. */
    load(): Device | Promise<Device>;
    /** Signs a text: the signature as base64url. */
    sign(statement: string): string | Promise<string>;
    /** Keeps the token that the gateway issued, in place of the one before. */
    keep(token: string): void | Promise<void>;
    /** Forgets this token, which the gateway refused; another that was kept meanwhile stays. */
    forget(token: string): void | Promise<void>;
}

/** A device, as gateways know it. */
export interface Device {
    /** SHA-256 of the raw public key, in hexadecimal. */
    id: string;
    /** The raw Ed25519 public key, base64url. */
    publicKey: string;
    /** What {@link DeviceIdentity.keep} got last, for this gateway. */
    token?: string | null;
}
