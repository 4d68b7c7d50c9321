/** Container ports, and host ports that two containers want. */
import type { Container, ContainerPort, PodSpec } from '../../../generated/core-v1.ts';
import { at, child, duplicate, type FieldError, invalidValue, required } from '../../field-error.ts';
import { portName, portNumber } from '../../meta/names.ts';
import { enumeration } from '../../validation/checks.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export function validatePorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const errors: FieldError[] = [];
    const here = at(path, i);
    const { name, containerPort, hostPort } = port;
    if (name) {
      const wrong = portName(name);
      for (const m of wrong) errors.push(invalidValue(child(here, 'name'), name, m));
      if (wrong.length === 0 && names.has(name)) errors.push(duplicate(child(here, 'name'), name));
      if (wrong.length === 0) names.add(name);
    }
    if (containerPort === 0) errors.push(required(child(here, 'containerPort')));
    else {
      for (const m of portNumber(containerPort)) {
        errors.push(invalidValue(child(here, 'containerPort'), containerPort, m));
      }
    }
    if (hostPort) {
      for (const m of portNumber(hostPort)) errors.push(invalidValue(child(here, 'hostPort'), hostPort, m));
    }
    errors.push(...enumeration(child(here, 'protocol'), port.protocol, PROTOCOLS));
    return errors;
  });
}

/** Two containers that run at the same time cannot have one host port. */
export function validateHostPortConflicts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  containers.forEach((container, i) => {
    (container.ports ?? []).forEach((port, j) => {
      if (!port.hostPort) return;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) errors.push(duplicate(child(at(child(at(path, i), 'ports'), j), 'hostPort'), key));
      taken.add(key);
    });
  });
  return errors;
}

/** In the host's network, a container's port is the host's port. */
export function validateHostNetworkPorts(
  spec: PodSpec,
  path: string,
  options: { readonly template: boolean },
): FieldError[] {
  if (!spec.hostNetwork) return [];
  return (spec.containers ?? []).flatMap((container, i) =>
    (container.ports ?? []).flatMap((port, j) => {
      const hostPort = port.hostPort ?? 0;
      // Pods have had their host ports filled in; templates may leave them out.
      if (hostPort === port.containerPort || (options.template && hostPort === 0)) return [];
      const here = child(at(child(at(child(path, 'containers'), i), 'ports'), j), 'hostPort');
      return [invalidValue(here, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}
