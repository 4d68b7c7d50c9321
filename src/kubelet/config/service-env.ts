/**
 * Variables that tell containers of services, in the manner of Docker links: of every service in
 * the pod's namespace (unless enableServiceLinks is false), and always of default/kubernetes.
 */
import type { Service } from '../../generated/core-v1.ts';

/** Not headless, and not still without an address. */
export const hasAddress = ({ spec: { clusterIP } }: Service): boolean => !!clusterIP && clusterIP !== 'None';

/** @param services of two that give one variable, the later wins */
export function serviceEnv(services: readonly Service[]): Map<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const { clusterIP: ip = '', ports = [] } = service.spec;
    const [first] = ports;
    if (!hasAddress(service) || !first) continue;
    const host = ip.includes(':') ? `[${ip}]` : ip;
    const name = variableName(service.metadata.name ?? '');
    env.set(`${name}_SERVICE_HOST`, ip);
    env.set(`${name}_SERVICE_PORT`, String(first.port));
    for (const port of ports) {
      if (port.name) env.set(`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    }
    env.set(`${name}_PORT`, url(first.protocol, host, first.port));
    for (const port of ports) {
      const protocol = (port.protocol ?? 'TCP').toUpperCase();
      const prefix = `${name}_PORT_${port.port}_${protocol}`;
      env.set(prefix, url(protocol, host, port.port));
      env.set(`${prefix}_PROTO`, protocol.toLowerCase());
      env.set(`${prefix}_PORT`, String(port.port));
      env.set(`${prefix}_ADDR`, ip);
    }
  }
  return env;
}

const variableName = (name: string) => name.replaceAll('-', '_').toUpperCase();
const url = (protocol: string | undefined, host: string, port: number) =>
  `${(protocol ?? 'TCP').toLowerCase()}://${host}:${port}`;
