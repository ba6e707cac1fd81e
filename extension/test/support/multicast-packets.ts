import { randomBytes } from 'node:crypto';
import { NEARBY_SERVICE } from '@p2p-chat/protocol/nearby';

/** Packets of multicast DNS that somebody in a network makes up, against the library that reads them and what uses it. */

const CLASS_IN = 1;
const TYPE = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, ANY: 255 } as const;

const SERVICE = `_${NEARBY_SERVICE}._tcp.local`;

function name(text: string): Buffer {
  const labels = text
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function header(isResponse: boolean, counts: readonly number[]): Buffer {
  return Buffer.concat([short(0), short(isResponse ? 0x8400 : 0), ...counts.map(short)]);
}

function record(of: Buffer, type: number, data: Buffer, ttl = 120): Buffer {
  const seconds = Buffer.alloc(4);
  seconds.writeUInt32BE(ttl);
  return Buffer.concat([of, short(type), short(CLASS_IN), seconds, short(data.length), data]);
}

function response(records: readonly Buffer[]): Buffer {
  return Buffer.concat([header(true, [0, records.length, 0, 0]), ...records]);
}

function question(of: string, type: number): Buffer {
  return Buffer.concat([name(of), short(type), short(CLASS_IN)]);
}

/** A whole announcement of a service of this kind. */
export function announcementPacket(
  instance: string,
  port: number,
  texts: readonly string[],
  ttl = 120,
): Buffer {
  const own = `${instance}.${SERVICE}`;
  const items = texts.map((text) =>
    Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]),
  );
  return response([
    record(name(SERVICE), TYPE.PTR, name(own), ttl),
    record(name(own), TYPE.SRV, Buffer.concat([short(0), short(0), short(port), name('x.local')]), ttl),
    record(name(own), TYPE.TXT, Buffer.concat(items), ttl),
  ]);
}

/** Somebody's announcement that is none of a contact, another each time. */
export function strangersPacket(): Buffer {
  const instance = randomBytes(16).toString('hex');
  const tag = randomBytes(16).toString('base64url');
  const slot = Math.floor(Date.now() / 600_000);
  return announcementPacket(instance, 4_000, [`s=${slot}`, 'a=10.92.0.99', `t=${tag}`]);
}

/** Each wrong in another way; all of them speak of this kind of service, or they would not even be read. */
export function poisonousPackets(): string[] {
  const service = name(SERVICE);
  const pointer = (to: number): Buffer => short(0xc000 + to);
  const many = (count: number, each: () => Buffer): Buffer[] => Array.from({ length: count }, each);
  const packets = [
    // Cut off, anywhere.
    ...[12, 20, 40, 60].map((length) => strangersPacket().subarray(0, length)),
    // Counts that are not so.
    Buffer.concat([header(true, [0, 0xffff, 0xffff, 0xffff]), service]),
    Buffer.concat([header(false, [0xffff, 0, 0, 0]), service]),
    Buffer.concat([header(true, [0, 64, 0, 0]), service]),
    // Names that lead to themselves, forwards, or nowhere.
    Buffer.concat([
      header(true, [0, 2, 0, 0]),
      record(service, TYPE.PTR, pointer(12)),
      record(pointer(4_000), TYPE.PTR, pointer(2)),
    ]),
    Buffer.concat([
      header(false, [2, 0, 0, 0]),
      question(SERVICE, TYPE.PTR),
      pointer(12 + 30),
      short(TYPE.PTR),
      short(1),
    ]),
    Buffer.concat([header(true, [0, 1, 0, 0]), record(service, TYPE.PTR, Buffer.from([0x80, 1, 2, 3]))]),
    // Records that lack what they need.
    response([record(service, TYPE.PTR, Buffer.alloc(0))]),
    response([record(service, TYPE.PTR, name('.local')), record(name('.local'), TYPE.SRV, Buffer.alloc(1))]),
    response([
      record(service, TYPE.PTR, service),
      record(service, TYPE.SRV, Buffer.alloc(6)),
      record(service, TYPE.TXT, Buffer.alloc(0)),
    ]),
    response([record(service, TYPE.A, Buffer.from([1, 2])), record(service, TYPE.AAAA, Buffer.from([1]))]),
    // Texts with names that mean something to JavaScript.
    announcementPacket('__proto__', 4_000, ['__proto__=x', 'constructor', 'toString=y', '=', 'a']),
    announcementPacket('constructor', 80, ['s=NaN', 'a=,,,,', 't=']),
    announcementPacket('0'.repeat(32), 4_000, [
      `s=${'9'.repeat(200)}`,
      `a=${'1.1.1.1,'.repeat(30)}`,
      `t=${'A'.repeat(22)}`,
    ]),
    // Goodbyes of nobody.
    announcementPacket('0'.repeat(32), 4_000, [], 0),
    // Much in little.
    response(many(64, () => record(service, TYPE.PTR, pointer(12)))),
    Buffer.concat([header(false, [16, 0, 0, 0]), ...many(16, () => question(SERVICE, TYPE.ANY))]),
    Buffer.concat([
      header(false, [16, 0, 0, 0]),
      question(SERVICE, TYPE.PTR),
      ...many(15, () => Buffer.concat([pointer(12), short(TYPE.PTR), short(1)])),
    ]),
    Buffer.concat([strangersPacket(), Buffer.alloc(9_000)]),
    ...many(20, strangersPacket),
  ];
  return packets.map((packet) => packet.toString('hex'));
}
