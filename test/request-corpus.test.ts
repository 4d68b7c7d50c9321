/**
 * The recorded request corpus in three media types: the bodies of objects.jsonl are sent as JSON,
 * YAML and protobuf to three servers with the same clock and random numbers, and every answer is the
 * same, but for uids.
 */
import { expect, test } from 'vitest';
import { allSchemas } from '../src/api/schema/compile.ts';
import { decodeType } from '../src/api/schema/decode.ts';
import { writeYaml } from '../src/apiserver/codec/yaml.ts';
import { canonicalJson } from '../src/base/canonical-json.ts';
import { type Answer, call } from '../src/testing/api-requests.ts';
import { startInProcessCluster } from '../src/testing/in-process-cluster.ts';
import { readScenarios } from '../src/testing/oracle/offline.ts';
import { virtualClock } from '../src/testing/virtual-clock.ts';
import { encodeMessage } from '../src/wire/protobuf/encode.ts';
import { wrap } from '../src/wire/protobuf/envelope.ts';
import { messageNameOf } from '../src/wire/protobuf/message-name.ts';

type Step = ReturnType<typeof readScenarios>[number]['steps'][number];
interface Body {
  readonly apiVersion: string;
  readonly kind: string;
}

const NAMESPACE = 'oracle-offline-0001';
const TIMEOUT_MS = 180_000;

const encoders: readonly { readonly type: string; readonly encode: (body: Body) => Buffer }[] = [
  { type: 'application/json', encode: body => Buffer.from(JSON.stringify(body)) },
  { type: 'application/yaml', encode: body => Buffer.from(writeYaml(body)) },
  { type: 'application/vnd.kubernetes.protobuf', encode: protobufOf },
];

test(
  'the recorded requests give the same objects in JSON, YAML and protobuf',
  async () => {
    const scenarios = readScenarios('objects.jsonl');
    let written = 0;
    const different: string[] = [];
    for (const { id, steps: all } of scenarios) {
      const steps = all.filter(isSent);
      const answers = await Promise.all(encoders.map(({ type, encode }) => play(steps, type, encode)));
      const [json = []] = answers;
      written += json.filter(answer => answer.startsWith('20')).length;
      for (const [i, other] of answers.entries())
        for (const [n, answer] of other.entries())
          if (answer !== json[n])
            different.push(`${id} step ${n}, ${encoders[i]?.type}:\n  ${json[n]}\n  ${answer}`);
    }
    expect(different).toEqual([]);
    expect(written).toBeGreaterThan(2000);
  },
  TIMEOUT_MS,
);

/** What upstream refused is mostly no object of its kind, which a typed client could not send. */
const isSent = (step: Step) =>
  step.status < 300 &&
  step.method !== 'GET' &&
  (step.headers?.['Content-Type'] ?? 'json').includes('json') &&
  !JSON.stringify(step.body ?? '').includes('${rv}');

async function play(
  steps: readonly Step[],
  type: string,
  encode: (body: Body) => Buffer,
): Promise<readonly string[]> {
  await using cluster = await startInProcessCluster({ clock: virtualClock() });
  const { server } = cluster;
  const setUp = (path: string, name: string) => call(server, 'POST', path, { body: { metadata: { name } } });
  await setUp('/api/v1/namespaces', NAMESPACE);
  await setUp(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, 'default');
  const answers: string[] = [];
  for (const step of steps) {
    const body = withoutEmptyLists(step.body) as Partial<Body> | undefined;
    const isObject = (step.method === 'POST' || step.method === 'PUT') && isTyped(body);
    const headers = {
      'content-type': isObject ? type : (step.headers?.['Content-Type'] ?? 'application/json'),
    };
    const bytes = isObject ? encode(body) : Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const answer = await call(server, step.method, step.path, { headers, body: bytes });
    answers.push(comparable(answer));
  }
  return answers;
}

/** Protobuf has no empty list: who sends one in JSON owns the field, who sends it in protobuf sends none. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !(Array.isArray(field) && field.length === 0))
      .map(([name, field]) => [name, withoutEmptyLists(field)]),
  );
}

function isTyped(body: Partial<Body> | undefined): body is Body {
  return typeof body?.kind === 'string' && typeof body.apiVersion === 'string';
}

/** The order of fields is the client's. */
const comparable = ({ status, text }: Answer) =>
  `${status} ${canonicalJson(JSON.parse(text.replace(/"uid":"[^"]*"/g, '"uid":""')))}`;

const schemas = new Map(
  Object.keys(allSchemas()).map(id => [id.replace(/^io\.k8s\./, 'k8s.io.').replaceAll('-', '_'), id]),
);

/** As a typed client sends it: what JSON's reader makes of the body, in the fields it knows. */
function protobufOf(body: Body): Buffer {
  const message = messageNameOf(body.apiVersion, body.kind);
  const schema = schemas.get(message ?? '');
  if (message === undefined || schema === undefined)
    throw new Error(`Cannot send ${body.apiVersion} ${body.kind} in protobuf: it has no message`);
  return Buffer.concat(wrap(body, [encodeMessage(message, decodeType(schema, body).value)]));
}
