import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { constants, createDeflate } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { SpdyConnection, SpdyStream } from './connection.ts';
import { DICTIONARY } from './dictionary.ts';
import { encodeData, type Frame, FrameReader, MAX_FRAME_BYTES, SpdyProtocolError } from './frames.ts';
import { HeaderDecoder, HeaderEncoder } from './header-block.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const o of open.splice(0)) o.close();
});

/** Reads to the end without destroying the other half, as for-await would. */
function text(stream: SpdyStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    stream.on('data', (chunk: Buffer) => {
      all += chunk.toString();
    });
    stream.on('end', () => resolve(all));
    stream.on('error', reject);
  });
}

async function pair(onStream: (s: SpdyStream) => void) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const a = connect(port, '127.0.0.1');
  const [b] = await accepted;
  const client = new SpdyConnection(a, { role: 'client' });
  const other = new SpdyConnection(b, { role: 'server', onStream });
  open.push(client, other, server);
  return { client, other };
}

test('the dictionary is the one of the protocol', () => {
  let a = 1;
  let b = 0;
  for (const byte of DICTIONARY) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  expect([DICTIONARY.length, ((b << 16) | a) >>> 0]).toEqual([1423, 0xe3c6a7c2]);
});

test('headers of a compressing peer are read, block after block', async () => {
  const deflate = createDeflate({ dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH });
  const plain = (name: string, value: string) => {
    const out = Buffer.alloc(12 + name.length + value.length);
    out.writeUInt32BE(1, 0);
    out.writeUInt32BE(name.length, 4);
    out.write(name, 8);
    out.writeUInt32BE(value.length, 8 + name.length);
    out.write(value, 12 + name.length);
    return out;
  };
  const compress = (b: Buffer) =>
    new Promise<Buffer>(resolve => {
      const parts: Buffer[] = [];
      const take = (c: Buffer) => parts.push(c);
      deflate.on('data', take);
      deflate.write(b);
      deflate.flush(constants.Z_SYNC_FLUSH, () => {
        setImmediate(() => {
          deflate.off('data', take);
          resolve(Buffer.concat(parts));
        });
      });
    });
  const decoder = new HeaderDecoder();
  expect(await decoder.decode(await compress(plain('StreamType', 'stdin')))).toEqual({ streamtype: 'stdin' });
  expect(await decoder.decode(await compress(plain('streamtype', 'error')))).toEqual({ streamtype: 'error' });
  decoder.close();
  deflate.destroy();
});

test('what the encoder writes the decoder reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.dictionary(
          fc.stringMatching(/^[a-z-]{1,12}$/),
          fc.string().filter(s => !s.includes('\0')),
        ),
        { maxLength: 4 },
      ),
      async blocks => {
        const [encoder, decoder] = [new HeaderEncoder(), new HeaderDecoder()];
        for (const headers of blocks)
          expect(await decoder.decode(encoder.encode(headers))).toEqual({ ...headers });
        decoder.close();
      },
    ),
    { numRuns: 30 },
  );
});

test('a stream carries bytes both ways and each side ends on its own', async () => {
  const { client } = await pair(stream => {
    stream.reply();
    void text(stream).then(got => stream.end(`${stream.headers.streamtype}:${got}`));
  });
  const stream = client.createStream({ streamType: 'data' });
  await stream.accepted;
  stream.end('x'.repeat(200_000));
  expect(await text(stream)).toBe(`data:${'x'.repeat(200_000)}`);
});

test('many streams share a connection without mixing', async () => {
  const { client } = await pair(stream => {
    stream.reply();
    stream.pipe(stream);
  });
  const results = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const s = client.createStream({ n: String(i) });
      s.end(`stream ${i} `.repeat(100));
      return (await text(s)) === `stream ${i} `.repeat(100);
    }),
  );
  expect(results.every(Boolean)).toBe(true);
});

/** A stream whose connection takes everything and says nothing. */
const lone = () => {
  const noop = () => {};
  const port = { data: noop, reply: noop, cancel: noop, gone: noop, drained: async () => {} };
  return new SpdyStream(port, 1, {}, false);
};

test('what a peer sends after its end is dropped, and hurts nobody', async () => {
  const stream = lone();
  const all = text(stream);
  await stream.receive(Buffer.from('first'));
  stream.receiveEnd();
  await stream.receive(Buffer.from('second'));
  stream.receiveEnd();
  expect(await all).toBe('first');
});

test('a reader that is slow for long leaves no listeners behind, and one that goes holds up nobody', async () => {
  const stream = lone();
  for (let i = 0; i < 20; i++) {
    const room = stream.receive(Buffer.alloc(stream.readableHighWaterMark));
    stream.read();
    await room;
  }
  expect(stream.eventNames().filter(name => stream.listenerCount(name) > 1)).toEqual([]);
  const waiting = stream.receive(Buffer.alloc(stream.readableHighWaterMark));
  stream.destroy();
  await waiting;
});

test('when the connection goes, its streams end', async () => {
  const { client, other } = await pair(stream => stream.reply());
  const stream = client.createStream({});
  await stream.accepted;
  const closed = new Promise(resolve => stream.on('error', () => {}).once('close', resolve));
  other.close();
  await closed;
  await client.closed;
  expect(stream.destroyed).toBe(true);
  expect(client.createStream({}).destroyed).toBe(true);
});

test('frames are found wherever the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 17 }),
      (payloads, step) => {
        const bytes = Buffer.concat(payloads.map((p, i) => encodeData(i + 1, Buffer.from(p), i % 2 === 0)));
        const reader = new FrameReader();
        const frames: Frame[] = [];
        for (let at = 0; at < bytes.length; at += step)
          frames.push(...reader.push(bytes.subarray(at, at + step)));
        expect(frames.map(f => f.type === 'data' && [f.streamId, f.fin, [...f.payload]])).toEqual(
          payloads.map((p, i) => [i + 1, i % 2 === 0, [...p]]),
        );
      },
    ),
  );
});

test('frames of one chunk are views of it', () => {
  // Larger than what Buffer.concat takes from the shared pool.
  const chunk = Buffer.concat(Array.from({ length: 3 }, () => encodeData(1, Buffer.alloc(5_000), false)));
  const frames = [...new FrameReader().push(chunk)];
  expect(frames.map(frame => frame.type === 'data' && frame.payload.buffer === chunk.buffer)).toEqual([
    true,
    true,
    true,
  ]);
});

test('garbage and giant frames are refused', () => {
  expect(() => [...new FrameReader().push(Buffer.from('\x80\x02\0\x01\0\0\0\0'))]).toThrow(SpdyProtocolError);
  const giant = Buffer.alloc(8);
  giant.writeUIntBE(MAX_FRAME_BYTES + 1, 5, 3);
  expect(() => [...new FrameReader().push(giant)]).toThrow(/at most/);
});
