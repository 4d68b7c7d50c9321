/** Probes, life cycle hooks and the handlers they share. */
import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  SleepAction,
  TCPSocketAction,
} from '../../../generated/core-v1.ts';
import { child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { httpHeaderName, portName, portNumber } from '../../meta/names.ts';
import { enumeration, nonNegative } from '../../validation/checks.ts';

export type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** `graceSeconds`: the pod's terminationGracePeriodSeconds, which bounds a sleep. */
export function validateProbe(
  probe: Probe | undefined,
  kind: ProbeKind,
  containerPath: string,
  graceSeconds: number,
): FieldError[] {
  if (!probe) return [];
  const path = child(containerPath, kind);
  const errors = validateHandler(probe, path, graceSeconds);
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    errors.push(...nonNegative(child(path, field), probe[field]));
  }
  const grace = probe.terminationGracePeriodSeconds;
  const gracePath = child(path, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0)
    errors.push(invalidValue(gracePath, grace, 'must be greater than 0'));
  if (kind === 'readinessProbe') {
    if (grace !== undefined) {
      errors.push(invalidValue(gracePath, grace, 'must not be set for readinessProbes'));
    }
  } else if ((probe.successThreshold ?? 0) !== 1) {
    errors.push(invalidValue(child(path, 'successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
  }
  return errors;
}

export function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  path: string,
  graceSeconds: number,
): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap(hook => {
    const handler = lifecycle?.[hook];
    return handler ? validateHandler(handler, child(path, hook), graceSeconds) : [];
  });
}

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

function validateHandler(handler: Handler, path: string, graceSeconds: number): FieldError[] {
  const errors: FieldError[] = [];
  let found = false;
  const one = <T>(name: string, action: T | undefined, check: (action: T, path: string) => FieldError[]) => {
    if (!action) return;
    const here = child(path, name);
    if (found) errors.push(forbiddenField(here, 'may not specify more than 1 handler type'));
    else errors.push(...check(action, here));
    found = true;
  };
  one('exec', handler.exec, validateExec);
  one('httpGet', handler.httpGet, validateHttpGet);
  one('tcpSocket', handler.tcpSocket, validateTcpSocket);
  one('grpc', handler.grpc, validateGrpc);
  one('sleep', handler.sleep, (sleep, here) => validateSleep(sleep, here, graceSeconds));
  if (!found) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

function validateExec({ command = [] }: ExecAction, path: string): FieldError[] {
  return command.length === 0 ? [required(child(path, 'command'))] : [];
}

function validateHttpGet(action: HTTPGetAction, path: string): FieldError[] {
  const headers = child(path, 'httpHeaders');
  return [
    ...(action.path ? [] : [required(child(path, 'path'))]),
    ...validatePortNumberOrName(action.port, child(path, 'port')),
    ...enumeration(child(path, 'scheme'), action.scheme, ['HTTP', 'HTTPS']),
    ...(action.httpHeaders ?? []).flatMap(({ name }) =>
      httpHeaderName(name).map(m => invalidValue(headers, name, m)),
    ),
  ];
}

function validateTcpSocket({ port }: TCPSocketAction, path: string): FieldError[] {
  return validatePortNumberOrName(port, child(path, 'port'));
}

function validateGrpc({ port }: GRPCAction, path: string): FieldError[] {
  return validatePortNumberOrName(port, child(path, 'port'));
}

function validateSleep({ seconds }: SleepAction, path: string, graceSeconds: number): FieldError[] {
  return seconds >= 0 && seconds <= graceSeconds
    ? []
    : [
        invalidValue(
          path,
          seconds,
          `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
        ),
      ];
}

function validatePortNumberOrName(port: number | string, path: string): FieldError[] {
  const wrong = typeof port === 'number' ? portNumber(port) : portName(port);
  return wrong.map(m => invalidValue(path, port, m));
}
