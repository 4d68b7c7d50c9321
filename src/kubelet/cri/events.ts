/** Task events from containerd's event service, decoded from the Any that carries them. */
import { fileURLToPath } from 'node:url';
import { type Client, type ClientReadableStream, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { RuntimeEvent } from './contract.ts';
import { toRuntimeError } from './grpc.ts';

/** Where containerd keeps CRI's containers. */
const NAMESPACE = 'k8s.io';

type Decoder = (payload: Buffer) => RuntimeEvent | undefined;

function decoders(): ReadonlyMap<string, Decoder> {
  const file = fileURLToPath(new URL('events.proto', import.meta.url));
  const definition = loadSync(file, { keepCase: false, longs: Number, defaults: true });
  const message = <T>(name: string) => {
    const type = definition[`containerd.services.events.v1.${name}`] as MessageTypeDefinition<object, object>;
    return (payload: Buffer) => type.deserialize(payload) as T;
  };
  const start = message<{ containerId: string }>('TaskStart');
  const exit = message<{ containerId: string; id: string; exitStatus: number }>('TaskExit');
  const oom = message<{ containerId: string }>('TaskOOM');
  return new Map<string, Decoder>([
    ['/tasks/start', payload => ({ type: 'start', containerId: start(payload).containerId })],
    [
      '/tasks/exit',
      payload => {
        const { containerId, id, exitStatus } = exit(payload);
        // An exec's process has an id of its own: no business of the pod's life.
        return id === containerId ? { type: 'exit', containerId, exitCode: exitStatus } : undefined;
      },
    ],
    ['/tasks/oom', payload => ({ type: 'oom', containerId: oom(payload).containerId })],
  ]);
}

interface Envelope {
  readonly topic: string;
  readonly event: { readonly value: Buffer } | null;
}

export async function* subscribeTaskEvents(
  client: Client,
  signal: AbortSignal,
  onOpen?: () => void,
): AsyncIterable<RuntimeEvent> {
  if (signal.aborted) return;
  const byTopic = decoders();
  const filters = [...byTopic.keys()].map(topic => `namespace==${NAMESPACE},topic=="${topic}"`);
  const metadata = new Metadata();
  metadata.set('containerd-namespace', NAMESPACE);
  const subscribe = (client as unknown as { Subscribe: SubscribeMethod }).Subscribe;
  const stream = subscribe.call(client, { filters }, metadata);
  // containerd sends no headers before the first event; the request is on the wire once the
  // channel is connected, which waitForReady tells.
  if (onOpen) client.waitForReady(Number.POSITIVE_INFINITY, error => error ?? onOpen());
  const cancel = () => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for await (const envelope of stream as AsyncIterable<Envelope>) {
      const event = envelope.event && byTopic.get(envelope.topic)?.(envelope.event.value);
      if (event) yield event;
    }
  } catch (error) {
    if (signal.aborted || (error as ServiceError).code === status.CANCELLED) return;
    throw toRuntimeError(error as ServiceError);
  } finally {
    signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

type SubscribeMethod = (request: object, metadata: Metadata) => ClientReadableStream<Envelope>;
