/** A gRPC probe: grpc.health.v1.Health/Check of a service at an address. */
import { fileURLToPath } from 'node:url';
import { type Client, credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { goQuote } from '../../api/go-quote.ts';

type HealthClient = Client & {
  Check(
    request: { service: string },
    options: { deadline: number },
    callback: (error: ServiceError | null, answer?: { status: string }) => void,
  ): void;
};
type HealthConstructor = new (address: string, credentials: unknown) => HealthClient;

let Health: HealthConstructor | undefined;

function load(): HealthConstructor {
  const definition = loadSync(fileURLToPath(new URL('health.proto', import.meta.url)), {
    enums: String,
    defaults: true,
  });
  const root = loadPackageDefinition(definition) as unknown as {
    grpc: { health: { v1: { Health: HealthConstructor } } };
  };
  return root.grpc.health.v1.Health;
}

export interface HealthQuestion {
  /** host:port */
  readonly address: string;
  readonly service: string;
  readonly timeoutSeconds: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Undefined when it serves, else what is wrong, in upstream's words. A connection that is refused, or
 * speaks something else, is tried until the time is over, as upstream does.
 */
export async function grpcHealth(question: HealthQuestion): Promise<string | undefined> {
  const { address, service, timeoutSeconds, nowMs } = question;
  Health ??= load();
  const client = new Health(address, credentials.createInsecure());
  const deadlineMs = nowMs + timeoutSeconds * 1000;
  try {
    const connected = await new Promise<boolean>(resolve => {
      client.waitForReady(deadlineMs, error => resolve(!error));
    });
    if (!connected) {
      return `timeout: failed to connect service ${goQuote(address)} within ${timeoutSeconds}s: context deadline exceeded`;
    }
    return await new Promise<string | undefined>(resolve => {
      client.Check({ service }, { deadline: deadlineMs }, (error, answer) => {
        if (!error)
          return resolve(answer?.status === 'SERVING' ? undefined : notServing(answer?.status ?? ''));
        if (error.code === status.UNIMPLEMENTED) {
          return resolve(
            `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`,
          );
        }
        if (error.code === status.DEADLINE_EXCEEDED) {
          return resolve(`timeout: health rpc did not complete within ${timeoutSeconds}s`);
        }
        const name = GO_NAMES[error.code] ?? 'Unknown';
        resolve(`error: health rpc probe failed: rpc error: code = ${name} desc = ${error.details}`);
      });
    });
  } finally {
    client.close();
  }
}

/** As Go's gRPC prints its codes: InvalidArgument for INVALID_ARGUMENT. */
const GO_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(status)
    .filter(([, code]) => typeof code === 'number')
    .map(([name, code]) => [
      code,
      name
        .toLowerCase()
        .replace(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase())
        .replace('Cancelled', 'Canceled'),
    ]),
);

const notServing = (answer: string) => `service unhealthy (responded with "${answer}")`;
