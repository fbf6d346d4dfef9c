/**
 * Which network addresses a provider may be called at.
 *
 * A base URL is the one piece of configuration that can turn this process into somebody's way into the local network, or
 * send a key to the wrong host. A name is checked when it is configured and its resolved address again when the socket is
 * opened, so that a name that changes its mind between the two gains nothing.
 */

import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

type Subnet = readonly [address: string, prefix: number];

/** Cloud metadata, link-local and multicast: no model is served there, so no flag opens them. */
const NEVER_V4: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const NEVER_V6: readonly Subnet[] = [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128], // AWS instance metadata
];
/** This machine, private networks, carrier-grade NAT and ranges reserved for tests and documentation. */
const PRIVATE_V4: readonly Subnet[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
];
const PRIVATE_V6: readonly Subnet[] = [
  ['::1', 128],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fec0::', 10],
];

/** IPv4 rules also match v4-mapped IPv6 (BlockList does that) and NAT64, which carries the IPv4 address in its last 32 bits. */
function blockList(v4: readonly Subnet[], v6: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of v4) {
    list.addSubnet(address, prefix, 'ipv4');
    list.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
  }
  for (const [address, prefix] of v6) list.addSubnet(address, prefix, 'ipv6');
  return list;
}

const NEVER = blockList(NEVER_V4, NEVER_V6);
const PRIVATE = blockList(PRIVATE_V4, PRIVATE_V6);

/** Whether a socket may be opened to an IP address, written in any form that `net.isIP` accepts. */
export function isOpenAddress(address: string, allowPrivateNetwork: boolean): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  return !NEVER.check(address, kind) && (allowPrivateNetwork || !PRIVATE.check(address, kind));
}

/**
 * What is wrong with an address that a provider is to be called at, for people; undefined when nothing is.
 * Names are not resolved here: see `guardedLookup`.
 */
export function addressProblem(url: string, allowPrivateNetwork: boolean): string | undefined {
  if (!URL.canParse(url)) return 'it is not an address. Write it as https://host/path.';
  const { protocol, hostname, username, password, search, hash } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return 'it is neither https nor http.';
  if (protocol === 'http:' && !allowPrivateNetwork) return 'it is not https. Set allow_private_network for a local model.';
  if (username !== '' || password !== '') return 'it holds a user name or password. Give the key in the environment instead.';
  if (search !== '' || hash !== '') return 'it holds a query or fragment. Remove it.';
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isOpenAddress(host, allowPrivateNetwork)) return closedReason(allowPrivateNetwork);
  return undefined;
}

function closedReason(allowPrivateNetwork: boolean): string {
  return allowPrivateNetwork
    ? 'it is a link-local, multicast or metadata address, which is never called.'
    : 'it is in a private network. Set allow_private_network if that is meant.';
}

/** Code of the error that a closed address ends with. */
export const CLOSED_ADDRESS = 'ERR_CLOSED_ADDRESS';

/**
 * A `lookup` for sockets that fails with code `CLOSED_ADDRESS` when any of a name's addresses is closed. The socket
 * connects to exactly the addresses checked here, so a second resolution cannot differ from the first.
 */
export function guardedLookup(allowPrivateNetwork: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const first = addresses[0];
      if (!first || addresses.some(({ address }) => !isOpenAddress(address, allowPrivateNetwork))) {
        const closed = Object.assign(new Error(closedReason(allowPrivateNetwork)), { code: CLOSED_ADDRESS });
        return callback(closed, '', 0);
      }
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
