/** gRPC clients from schemas that are read from .proto files. */
import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  loadPackageDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

type ClientConstructor = new (
  address: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
) => Client;

/**
 * The client class of `service` (full name) in the .proto file at `file`. Field names are camel
 * case, 64-bit integers are numbers (exact up to 2^53), enums are names, absent messages are null.
 */
export function loadService(file: URL, service: string): ClientConstructor {
  const definition = loadSync(fileURLToPath(file), {
    keepCase: false,
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
  });
  let at: unknown = loadPackageDefinition(definition);
  for (const part of service.split('.')) at = (at as Record<string, unknown>)[part];
  return at as ClientConstructor;
}
