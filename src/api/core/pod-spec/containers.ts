/** Containers, init containers and ephemeral containers. */
import type { Container, EphemeralContainer, PodSpec } from '../../../generated/core-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundField,
  required,
  tooMany,
} from '../../field-error.ts';
import { checkDnsLabel, enumeration, optionalEnumeration } from '../../validation/checks.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { type VolumesByName, validateDevices, validateMounts } from './mounts.ts';
import type { PodValidationOptions } from './options.ts';
import { validateHostPortConflicts, validatePorts } from './ports.ts';
import { validateLifecycle, validateProbe } from './probes.ts';
import { validateRequirements, validateResizePolicy } from './resources.ts';
import { validateContainerSecurity } from './security.ts';

/** What containers may refer to in their pod. */
export interface ContainerContext {
  readonly spec: PodSpec;
  readonly volumes: VolumesByName;
  readonly claimNames: ReadonlySet<string>;
}

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

export function validateContainers(context: ContainerContext, path: string): FieldError[] {
  const containers = context.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const here = at(path, i);
    const found = validateCommon(container, here, context);
    if (names.has(container.name)) found.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    found.push(...validateRunning(container, here, context), ...validateRestartPolicy(container, here));
    return found;
  });
  return [...errors, ...validateHostPortConflicts(containers, path)];
}

export function validateInitContainers(
  context: ContainerContext,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  const names = new Set((context.spec.containers ?? []).map(c => c.name));
  return (context.spec.initContainers ?? []).flatMap((container, i) => {
    const here = at(path, i);
    const errors = [...validateCommon(container, here, context), ...validateRestartPolicy(container, here)];
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    errors.push(...validateHostPortConflicts([container], path));
    if (container.restartPolicy === 'Always') {
      errors.push(...validateRunning(container, here, context));
    } else {
      for (const field of ['lifecycle', ...PROBES] as const) {
        if (container[field]) {
          errors.push(
            forbiddenField(
              child(here, field),
              'may not be set for init containers without restartPolicy=Always',
            ),
          );
        }
      }
      if (!options.allowRestartOfInitContainers) errors.push(...validateNoRestart(container, here));
    }
    return errors;
  });
}

/** A container that runs but once is not restarted for a resize. */
function validateNoRestart({ resizePolicy = [] }: Container, path: string): FieldError[] {
  return resizePolicy.flatMap(({ restartPolicy }, i) => {
    if (restartPolicy !== 'RestartContainer') return [];
    const here = child(at(child(path, 'resizePolicy'), i), 'restartPolicy');
    const why = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    return [invalidValue(here, restartPolicy, why)];
  });
}

/** In the order of the fields of upstream's type. */
const EPHEMERAL_FORBIDDEN = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;
const NOT_FOR_EPHEMERAL = 'cannot be set for an Ephemeral Container';

export function validateEphemeralContainers(context: ContainerContext, path: string): FieldError[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = context.spec;
  const others = new Set([...(containers ?? []), ...initContainers].map(c => c.name));
  const names = new Set(others);
  return ephemeralContainers.flatMap((container, i) => {
    const here = at(path, i);
    const errors = [...validateCommon(container, here, context), ...validateImageSpace(container, here)];
    if (names.has(container.name)) errors.push(duplicate(child(here, 'name'), container.name));
    names.add(container.name);
    const { targetContainerName } = container;
    if (targetContainerName && !others.has(targetContainerName)) {
      errors.push(notFoundField(child(here, 'targetContainerName'), targetContainerName));
    }
    for (const field of EPHEMERAL_FORBIDDEN) {
      const value = container[field];
      // Resources are never missing, and have none by default.
      const given = field === 'resources' ? Object.keys(value ?? {}).length > 0 : value !== undefined;
      if (given) errors.push(forbiddenField(child(here, field), NOT_FOR_EPHEMERAL));
    }
    (container.volumeMounts ?? []).forEach((mount, j) => {
      const mountPath = at(child(here, 'volumeMounts'), j);
      for (const field of ['subPath', 'subPathExpr'] as const) {
        if (mount[field]) errors.push(forbiddenField(child(mountPath, field), NOT_FOR_EPHEMERAL));
      }
    });
    return errors;
  });
}

/** Probes and hooks: of containers that keep running. */
function validateRunning(container: Container, path: string, { spec }: ContainerContext): FieldError[] {
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  return [
    ...validateLifecycle(container.lifecycle, child(path, 'lifecycle'), grace),
    ...PROBES.flatMap(kind => validateProbe(container[kind], kind, path, grace)),
  ];
}

function validateCommon(
  container: Container | EphemeralContainer,
  path: string,
  { spec, volumes, claimNames }: ContainerContext,
): FieldError[] {
  const name = child(path, 'name');
  return [
    ...(container.name === '' ? [required(name)] : checkDnsLabel(name, container.name)),
    ...(container.image ? [] : [required(child(path, 'image'))]),
    ...enumeration(child(path, 'terminationMessagePolicy'), container.terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...validatePorts(container.ports ?? [], child(path, 'ports')),
    ...validateEnv(container.env ?? [], child(path, 'env')),
    ...validateEnvFrom(container.envFrom ?? [], child(path, 'envFrom')),
    ...validateMounts(container, child(path, 'volumeMounts'), volumes),
    ...validateDevices(
      container.volumeDevices ?? [],
      container.volumeMounts ?? [],
      child(path, 'volumeDevices'),
      volumes,
    ),
    ...enumeration(child(path, 'imagePullPolicy'), container.imagePullPolicy, [
      'Always',
      'IfNotPresent',
      'Never',
    ]),
    ...validateRequirements(container.resources, child(path, 'resources'), { claimNames }),
    ...validateResizePolicy(container.resizePolicy ?? [], child(path, 'resizePolicy'), spec.restartPolicy),
    ...validateContainerSecurity(
      container.securityContext,
      child(path, 'securityContext'),
      spec.hostUsers !== false,
    ),
  ];
}

const RESTART_RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const EXIT_CODE_OPERATORS = ['In', 'NotIn'];
const RESTART_ACTIONS = ['Restart', 'RestartAllContainers'];

/** The policy of one container, and the rules by exit code that refine it (KEP-5307). */
function validateRestartPolicy(container: Container, path: string): FieldError[] {
  const { restartPolicy, restartPolicyRules = [] } = container;
  const policy = child(path, 'restartPolicy');
  const rules = child(path, 'restartPolicyRules');
  const errors = optionalEnumeration(policy, restartPolicy, ['Always', 'Never', 'OnFailure']);
  if (restartPolicyRules.length > 0 && restartPolicy === undefined) {
    errors.push(required(policy, 'must specify restartPolicy when restart rules are used'));
  }
  if (restartPolicyRules.length > RESTART_RULES_MAX)
    errors.push(tooMany(rules, restartPolicyRules.length, RESTART_RULES_MAX));
  restartPolicyRules.forEach(({ action, exitCodes }, i) => {
    const here = at(rules, i);
    const codes = child(here, 'exitCodes');
    errors.push(...optionalEnumeration(child(here, 'action'), action ?? '', RESTART_ACTIONS));
    if (!exitCodes) {
      errors.push(required(codes, 'must be specified'));
      return;
    }
    errors.push(
      ...optionalEnumeration(child(codes, 'operator'), exitCodes.operator ?? '', EXIT_CODE_OPERATORS),
    );
    const values = exitCodes.values ?? [];
    if (values.length > EXIT_CODES_MAX)
      errors.push(tooMany(child(codes, 'values'), values.length, EXIT_CODES_MAX));
  });
  return errors;
}

/** Pods only: templates of old may have had such images. */
export function validateImageSpace(
  container: { readonly image?: string | undefined },
  path: string,
): FieldError[] {
  const image = container.image ?? '';
  return image === image.trim()
    ? []
    : [invalidValue(child(path, 'image'), image, 'must not have leading or trailing whitespace')];
}
