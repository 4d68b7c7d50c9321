import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { apiVersionOf } from '../../api/object.ts';
import { type Answer, call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { fromProtobuf } from '../../wire/protobuf/decode.ts';
import { encodeMessage } from '../../wire/protobuf/encode.ts';
import { wrap } from '../../wire/protobuf/envelope.ts';
import { messageNameOf } from '../../wire/protobuf/message-name.ts';
import { messageNamed } from '../../wire/protobuf/messages.ts';
import { ProtobufReader } from '../../wire/protobuf/reader.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const IN = { 'content-type': PROTOBUF };
const OUT = { accept: PROTOBUF };
const META_ONLY = { accept: `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1` };
const META_LIST = { accept: `${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1` };

const configMap = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data });
const asBody = (value: unknown, apiVersion = 'v1', kind = 'ConfigMap') =>
  Buffer.concat(wrap({ apiVersion, kind }, [encodeMessage(messageNameOf(apiVersion, kind) ?? '', value)]));
const read = ({ bytes }: Answer) => fromProtobuf(bytes);

test('an object that is written and read in protobuf is the one that JSON shows', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const created = await call(server, 'POST', CONFIG_MAPS, {
    body: asBody(configMap('a', { k: 'ü' })),
    headers: { ...IN, ...OUT },
  });
  expect(created).toMatchObject({ status: 201, contentType: PROTOBUF });
  const json = (await call(server, 'GET', `${CONFIG_MAPS}/a`)).json;
  expect(read(created)).toEqual(json);
  expect(read(await call(server, 'GET', `${CONFIG_MAPS}/a`, { headers: OUT }))).toEqual(json);
  const put = await call(server, 'PUT', `${CONFIG_MAPS}/a`, {
    body: asBody({ metadata: json.metadata, data: { k: '2' } }),
    headers: { ...IN, ...OUT },
  });
  expect(read(put)).toMatchObject({ data: { k: '2' }, metadata: { uid: json.metadata.uid } });
  const patched = await call(server, 'PATCH', `${CONFIG_MAPS}/a`, {
    body: { data: { l: '3' } },
    headers: { 'content-type': 'application/merge-patch+json', ...OUT },
  });
  expect(read(patched)).toMatchObject({ data: { k: '2', l: '3' } });
  const deleted = await call(server, 'DELETE', `${CONFIG_MAPS}/a`, {
    body: asBody({ preconditions: { uid: json.metadata.uid } }, 'v1', 'DeleteOptions'),
    headers: { ...IN, ...OUT },
  });
  expect(read(deleted)).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'a' } });
});

test('a list has the items of the JSON list, also after one of them has changed', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  for (const name of ['a', 'b', 'c'])
    await call(server, 'POST', CONFIG_MAPS, {
      body: { ...configMap(name), apiVersion: 'v1', kind: 'ConfigMap' },
    });
  const both = async (query: string) => {
    const json = (await call(server, 'GET', CONFIG_MAPS + query)).json;
    const answer = await call(server, 'GET', CONFIG_MAPS + query, { headers: OUT });
    expect(answer.contentType).toBe(PROTOBUF);
    expect(read(answer)).toEqual(json);
    return json;
  };
  expect((await both('')).items).toHaveLength(3);
  await call(server, 'PATCH', `${CONFIG_MAPS}/b`, {
    body: { data: { x: 'y' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect((await both('')).items?.[1]?.data).toEqual({ x: 'y' });
  expect((await both('?limit=2')).metadata.remainingItemCount).toBe(1);
});

test('metadata alone is to be had of objects and lists', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  await call(server, 'POST', CONFIG_MAPS, { body: asBody(configMap('a', { k: '1' })), headers: IN });
  const { json } = await call(server, 'GET', `${CONFIG_MAPS}/a`);
  const partial = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: json.metadata };
  expect(read(await call(server, 'GET', `${CONFIG_MAPS}/a`, { headers: META_ONLY }))).toEqual(partial);
  expect(read(await call(server, 'GET', CONFIG_MAPS, { headers: META_LIST }))).toMatchObject({
    kind: 'PartialObjectMetadataList',
    items: [{ metadata: json.metadata }],
  });
});

test.each([
  ['unfiltered, in batches', '', OUT],
  ['with a selector, one by one', '&labelSelector=!none', OUT],
  ['as metadata', '', META_ONLY],
])('a watch is a stream of frames: %s', async (_, query, headers) => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  await call(server, 'POST', CONFIG_MAPS, { body: asBody(configMap('a', { k: '1' })), headers: IN });
  const stop = new AbortController();
  const options =
    '?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watching = call(server, 'GET', CONFIG_MAPS + options + query, { headers, signal: stop.signal });
  await new Promise(resolve => setImmediate(resolve));
  await call(server, 'POST', CONFIG_MAPS, { body: asBody(configMap('b')), headers: IN });
  await call(server, 'DELETE', `${CONFIG_MAPS}/a`);
  await new Promise(resolve => setImmediate(resolve));
  stop.abort();
  const answer = await watching;
  expect(answer.contentType).toBe(`${PROTOBUF};stream=watch`);
  const events = framesOf(answer.bytes);
  expect(events.map(e => `${e.type} ${e.object.metadata.name ?? ''}`)).toEqual([
    'ADDED a',
    'BOOKMARK ',
    'ADDED b',
    'DELETED a',
  ]);
  const whole = headers === OUT;
  expect(events.map(e => e.object.kind)).toEqual(
    events.map(() => (whole ? 'ConfigMap' : 'PartialObjectMetadata')),
  );
  expect(events[0]?.object.data).toEqual(whole ? { k: '1' } : undefined);
});

test('failures come in protobuf too', async () => {
  await using cluster = await startInProcessCluster();
  const answer = await call(cluster.server, 'GET', `${CONFIG_MAPS}/none`, { headers: OUT });
  expect(answer).toMatchObject({ status: 404, contentType: PROTOBUF });
  expect(read(answer)).toMatchObject({ kind: 'Status', code: 404, reason: 'NotFound' });
});

test.each([
  [`${PROTOBUF},application/json`, PROTOBUF],
  [`application/json;q=0.5,${PROTOBUF}`, PROTOBUF],
  ['application/json,application/vnd.kubernetes.protobuf', 'application/json'],
  ['text/html,*/*', 'application/json'],
  // There is no Table in protobuf: the next clause is tried.
  [`${PROTOBUF};as=Table;g=meta.k8s.io;v=v1,application/json`, 'application/json'],
])('Accept: %s is answered in %s', async (accept, contentType) => {
  await using cluster = await startInProcessCluster();
  expect(await call(cluster.server, 'GET', CONFIG_MAPS, { headers: { accept } })).toMatchObject({
    status: 200,
    contentType,
  });
});

test.each([
  [`${PROTOBUF};as=Table;g=meta.k8s.io;v=v1`, CONFIG_MAPS],
  [`${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v7`, `${CONFIG_MAPS}/a`],
  ['application/yaml', `${CONFIG_MAPS}?watch=true`],
  [PROTOBUF, '/version'],
  ['text/html', CONFIG_MAPS],
])('Accept: %s of %s is 406', async (accept, path) => {
  await using cluster = await startInProcessCluster();
  const { status } = await call(cluster.server, 'GET', path, { headers: { accept } });
  expect(status).toBe(406);
});

test.each(['/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1'])(
  'discovery of %s is the same in protobuf',
  async path => {
    await using cluster = await startInProcessCluster();
    const { json } = await call(cluster.server, 'GET', path);
    const answer = await call(cluster.server, 'GET', path, { headers: OUT });
    expect(read(answer)).toEqual({ apiVersion: 'v1', ...json });
    const form = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    if (path.split('/').length > 2) return;
    const aggregated = { accept: `${PROTOBUF};${form}` };
    const all = await call(cluster.server, 'GET', path, { headers: aggregated });
    expect(all.contentType).toBe(`${PROTOBUF};${form}`);
    const same = await call(cluster.server, 'GET', path, { headers: { accept: `application/json;${form}` } });
    expect(read(all)).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    expect((read(all) as { items: unknown[] }).items).toHaveLength(same.json.items?.length ?? 0);
  },
);

test('lists of every kind have their metadata and items where all lists have them', () => {
  for (const definition of builtinKinds) {
    const list = messageNameOf(apiVersionOf(definition), `${definition.kind}List`);
    if (list === undefined) continue; // Reviews have no lists.
    expect(messageNamed(list)?.get(1)?.name).toBe('metadata');
    expect(messageNamed(list)?.get(2)?.name).toBe('items');
  }
});

test.each([
  ['no message at all', Buffer.from('{}'), 'provided data does not appear to be a protobuf message'],
  ['of another kind', asBody({}, 'v1', 'Secret'), 'converting (v1.Secret) to (core.ConfigMap)'],
  ['of no kind', wrapped('v1', 'Nothing', Buffer.alloc(0)), 'no kind "Nothing" is registered'],
  [
    'with fields that are cut off',
    wrapped('v1', 'ConfigMap', Buffer.from([0x0a, 9])),
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF',
  ],
])('a body that is %s is refused', async (_, body, message) => {
  await using cluster = await startInProcessCluster();
  const answer = await call(cluster.server, 'POST', CONFIG_MAPS, { body, headers: IN });
  expect(answer.status).toBe(400);
  expect(answer.json.message).toContain(message);
});

test('a body whose envelope names no kind is taken for what the path says', async () => {
  await using cluster = await startInProcessCluster();
  const raw = encodeMessage('k8s.io.api.core.v1.ConfigMap', configMap('a'));
  const answer = await call(cluster.server, 'POST', CONFIG_MAPS, { body: wrapped('', '', raw), headers: IN });
  expect(answer).toMatchObject({ status: 201, json: { kind: 'ConfigMap', metadata: { name: 'a' } } });
});

function wrapped(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat(wrap({ apiVersion, kind }, [raw]));
}

interface Event {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name?: string };
    readonly data?: unknown;
  };
}

function framesOf(bytes: Buffer): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    events.push(eventOf(bytes.subarray(at + 4, end)));
    at = end;
  }
  return events;
}

/** The object in an event is no JSON, as RawExtension's is elsewhere: it has an envelope. */
function eventOf(frame: Buffer): Event {
  const event = new ProtobufReader(frame);
  event.tag();
  const type = event.lengthDelimited().toString();
  event.tag();
  const extension = new ProtobufReader(event.lengthDelimited());
  extension.tag();
  return { type, object: fromProtobuf(extension.lengthDelimited()) as unknown as Event['object'] };
}
