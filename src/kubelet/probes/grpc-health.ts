/** A gRPC probe: grpc.health.v1.Health/Check of a service at an address. */
import { fileURLToPath } from 'node:url';
import { type Client, credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

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

/** Undefined when it serves, else what is wrong. `deadlineMs` is a time since the epoch. */
export async function grpcHealth(
  address: string,
  service: string,
  deadlineMs: number,
): Promise<string | undefined> {
  Health ??= load();
  const client = new Health(address, credentials.createInsecure());
  try {
    return await new Promise<string | undefined>(resolve => {
      client.Check({ service }, { deadline: deadlineMs }, (error, answer) => {
        if (!error)
          return resolve(answer?.status === 'SERVING' ? undefined : notServing(answer?.status ?? ''));
        if (error.code === status.UNIMPLEMENTED) {
          return resolve(
            'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)',
          );
        }
        if (error.code === status.DEADLINE_EXCEEDED) {
          return resolve(`timeout: failed to connect service "${address}" within the deadline`);
        }
        resolve(`error: health rpc probe failed: ${error.details || error.message}`);
      });
    });
  } finally {
    client.close();
  }
}

const notServing = (answer: string) => `service unhealthy (responded with "${answer}")`;
