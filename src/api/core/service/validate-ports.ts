import type { Service, ServicePort } from '../../../generated/core-v1.ts';
import { at, child, duplicate, type FieldError, forbiddenField, required } from '../../field-error.ts';
import { portName } from '../../meta/names.ts';
import { checkDnsLabel, checked, checkQualifiedName, enumeration, inRange } from '../../validation/checks.ts';
import { specOf } from './traits.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export function validatePorts(service: Service): FieldError[] {
  const { ports = [] } = specOf(service);
  const names = new Set<string>();
  return ports.flatMap((port, i) => validatePort(port, ports.length > 1, names, at('spec.ports', i)));
}

function validatePort(
  port: ServicePort,
  nameNeeded: boolean,
  names: Set<string>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const namePath = child(path, 'name');
  if (port.name) {
    errors.push(...checkDnsLabel(namePath, port.name));
    if (names.has(port.name)) errors.push(duplicate(namePath, port.name));
    names.add(port.name);
  } else if (nameNeeded) errors.push(required(namePath));
  errors.push(...inRange(child(path, 'port'), port.port, 1, 65535));
  errors.push(...enumeration(child(path, 'protocol'), port.protocol, PROTOCOLS));
  const { targetPort = 0 } = port;
  const targetPath = child(path, 'targetPort');
  errors.push(
    ...(typeof targetPort === 'number'
      ? inRange(targetPath, targetPort, 1, 65535)
      : checked(targetPath, targetPort, portName)),
  );
  if (port.appProtocol !== undefined) {
    errors.push(...checkQualifiedName(child(path, 'appProtocol'), port.appProtocol));
  }
  return errors;
}

/** Node ports only where the type has them, and no port twice. */
export function validatePortsOfType(service: Service): FieldError[] {
  const { ports = [], type } = specOf(service);
  const errors: FieldError[] = [];
  for (const [i, { nodePort }] of ports.entries()) {
    if (type !== 'ClusterIP' || !nodePort) continue;
    const why = "may not be used when `type` is 'ClusterIP'";
    errors.push(forbiddenField(child(at('spec.ports', i), 'nodePort'), why));
  }
  const [nodePorts, seen] = [new Set<string>(), new Set<string>()];
  for (const [i, { protocol, nodePort }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol} ${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(child(at('spec.ports', i), 'nodePort'), nodePort));
    nodePorts.add(key);
  }
  for (const [i, { protocol, port }] of ports.entries()) {
    const key = `${protocol} ${port}`;
    if (seen.has(key)) errors.push(duplicate(at('spec.ports', i), shown(protocol, port)));
    seen.add(key);
  }
  return errors;
}

/** As upstream's struct prints: it has no JSON names. */
const shown = (protocol: string | undefined, port: number) => ({
  Name: '',
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});
