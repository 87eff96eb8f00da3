import { BlockList, isIP } from "node:net";

/** Knows which peers may speak for others. */
export interface TrustedProxies {
  /** Whether what this peer forwards is believed. */
  trustsPeer(peer: string): boolean;
  /** The address of the client behind a peer, by its `X-Forwarded-For`. */
  clientOf(peer: string, forwardedFor: string | undefined): string;
}

/**
 * @param entries IP addresses, CIDR ranges (`10.0.0.0/8`), and `loopback` for the machine itself
 * @throws Error for an entry that is none of these
 */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    if (!addEntry(list, entry)) throw new Error(`${JSON.stringify(entry)} is no trusted proxy: ${proxyForm}.`);
  }

  const trusts = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
  };

  return {
    trustsPeer: (peer) => trusts(plainAddress(peer)),
    clientOf(peer, forwardedFor) {
      const address = plainAddress(peer);
      if (forwardedFor === undefined || !trusts(address)) return address;
      // Each proxy appends the peer it saw. The nearest entry that no trusted proxy vouches for is where belief ends:
      // all that stands left of it could be the client's invention.
      let client = address;
      for (const entry of forwardedFor.split(",").toReversed()) {
        const hop = plainAddress(entry.trim());
        if (isIP(hop) === 0) break;
        client = hop;
        if (!trusts(hop)) break;
      }
      return client;
    },
  };
}

/** What a trusted proxy may look like, for messages. */
export const proxyForm = "it must be an IP address, a CIDR range such as 10.0.0.0/8, or loopback";

/** Whether {@link createTrustedProxies} takes the entry. */
export function isProxyEntry(entry: string): boolean {
  return addEntry(new BlockList(), entry);
}

function addEntry(list: BlockList, entry: string): boolean {
  if (entry === "loopback") return addEntry(list, "127.0.0.0/8") && addEntry(list, "::1");
  const [address = "", bits, ...more] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const longest = version === 4 ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= longest)) return false;
  list.addSubnet(address, bits === undefined ? longest : Number(bits), family);
  return true;
}

/** An address without what proxies and sockets wrap around it: ports, brackets, IPv4 in IPv6's clothes. */
function plainAddress(text: string): string {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return bare.startsWith("::ffff:") && isIP(bare.slice(7)) === 4 ? bare.slice(7) : bare;
}
