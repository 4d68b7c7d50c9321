/** Warnings about pods and pod templates that are accepted: upstream's api/pod/warnings.go. */
import type {
  Affinity,
  Container,
  ContainerPort,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Volume,
} from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { at, child } from '../../field-error.ts';
import { dnsLabel } from '../../meta/names.ts';
import type { KubeObject } from '../../object.ts';
import { quantityMilliValue } from '../../quantity.ts';
import { ipWarnings } from '../../validation/ip-warnings.ts';
import { labelKeyWarnings, labelMapWarnings, termWarnings } from '../node/label-warnings.ts';
import { APPARMOR, appArmorWarning } from '../pod/apparmor.ts';
import { pathWarnings } from '../pod-volumes/path-warnings.ts';
import { claimSpecWarnings } from '../volume/warnings.ts';

/** Volumes that no longer work, or soon will not. */
const DEPRECATED_VOLUMES: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** Of a pod that is created; updates, which people seldom make, are not looked at. */
export function podWarnings({ metadata, spec }: Pod, old: Pod | undefined): string[] {
  if (old) return [];
  const name = metadata.name ?? '';
  // Whatever spec.hostname says: upstream asks the name alone.
  const wrong = name === '' ? [] : dnsLabel(name);
  const warnings = wrong.length === 0 ? [] : [hostnameWarning(wrong)];
  return [...warnings, ...specWarnings(spec, metadata, 'spec')];
}

const hostnameWarning = (wrong: readonly string[]) =>
  `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(' ')}]`;

interface Workload extends KubeObject {
  readonly spec?: { readonly template?: PodTemplateSpec | undefined } | undefined;
}

/** True for one that is created, or that becomes another: its generation is counted on by then. */
export const isNewGeneration = (next: KubeObject, old: KubeObject | undefined): boolean =>
  next.metadata.generation !== old?.metadata.generation || !old;

/** Of a workload that is created, or that changes in any way. */
export function workloadWarnings(next: Workload, old: Workload | undefined): string[] {
  return isNewGeneration(next, old) ? podTemplateWarnings(next.spec?.template, 'spec.template') : [];
}

export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: string): string[] {
  return template?.spec ? specWarnings(template.spec, template.metadata, child(path, 'spec')) : [];
}

function specWarnings(spec: PodSpec, meta: ObjectMeta | undefined, path: string): string[] {
  const annotations = `${path === 'spec' ? '' : `${path.replace(/\.spec$/, '')}.`}metadata.annotations`;
  const containers = allContainers(spec, path);
  return [
    ...labelMapWarnings(child(path, 'nodeSelector'), spec.nodeSelector),
    ...nodeAffinityWarnings(spec.affinity, child(path, 'affinity.nodeAffinity')),
    ...topologyWarnings(spec, path),
    ...annotationWarnings(meta, annotations),
    ...(spec.volumes ?? []).flatMap((volume, i) => volumeWarnings(volume, at(child(path, 'volumes'), i))),
    ...pathWarnings(spec.volumes ?? []),
    ...nameWarnings(spec, path),
    ...fractionalWarnings(spec.overhead, child(path, 'overhead')),
    ...(spec.securityContext?.seccompProfile ? [] : seccompWarnings(meta, annotations, SECCOMP_POD)),
    ...containers.flatMap(([container, where]) =>
      containerWarnings(container, where, { spec, meta, annotations, template: path !== 'spec' }),
    ),
    ...portWarnings(containers),
    ...portNameWarnings(containers),
    ...graceWarnings(spec, path),
    ...podAffinityWarnings(spec.affinity, child(path, 'affinity')),
    ...addressWarnings(spec, path),
  ];
}

type Located = readonly [container: Container, path: string];

/** In the order upstream visits them. */
function allContainers(spec: PodSpec, path: string): Located[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(field =>
    (spec[field] ?? []).map((container, i): Located => [container, at(child(path, field), i)]),
  );
}

function nodeAffinityWarnings(affinity: Affinity | undefined, path: string): string[] {
  if (!affinity) return [];
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  } = affinity.nodeAffinity ?? {};
  const terms = child(path, 'requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms');
  const wishes = child(path, 'preferredDuringSchedulingIgnoredDuringExecution');
  return [
    ...(required?.nodeSelectorTerms ?? []).flatMap((term, i) => termWarnings(term, at(terms, i), false)),
    ...preferred.flatMap(({ preference }, i) =>
      termWarnings(preference, child(at(wishes, i), 'preference'), true),
    ),
  ];
}

const NO_SELECTOR = 'a null labelSelector results in matching no pod';

function topologyWarnings(spec: PodSpec, path: string): string[] {
  return (spec.topologySpreadConstraints ?? []).flatMap((constraint, i) => {
    const here = at(child(path, 'topologySpreadConstraints'), i);
    return [
      ...labelKeyWarnings(child(here, 'topologyKey'), constraint.topologyKey),
      ...(constraint.labelSelector === undefined ? [`${child(here, 'labelSelector')}: ${NO_SELECTOR}`] : []),
    ];
  });
}

function podAffinityWarnings(affinity: Affinity | undefined, path: string): string[] {
  if (!affinity) return [];
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap(field => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required = [],
      preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
    } = affinity[field] ?? {};
    const here = child(path, field);
    const say = (list: string, i: number, inner: string) =>
      `${at(child(here, list), i)}.${inner}labelSelector: ${NO_SELECTOR}`;
    return [
      ...required.flatMap((term, i) =>
        term.labelSelector ? [] : [say('requiredDuringSchedulingIgnoredDuringExecution', i, '')],
      ),
      ...preferred.flatMap(({ podAffinityTerm: term }, i) =>
        term?.labelSelector
          ? []
          : [say('preferredDuringSchedulingIgnoredDuringExecution', i, 'podAffinityTerm.')],
      ),
    ];
  });
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
/** Annotations that once were fields, and do nothing any more. */
const DEPRECATED_ANNOTATIONS = [
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
] as const;

const hasAnnotation = (meta: ObjectMeta | undefined, key: string) => meta?.annotations?.[key] !== undefined;

function annotationWarnings(meta: ObjectMeta | undefined, path: string): string[] {
  return DEPRECATED_ANNOTATIONS.flatMap(([key, why]) =>
    hasAnnotation(meta, key) ? [`${at(path, key)}: ${why}`] : [],
  );
}

const seccompWarnings = (meta: ObjectMeta | undefined, path: string, key: string): string[] =>
  hasAnnotation(meta, key)
    ? [`${at(path, key)}: non-functional in v1.27+; use the "seccompProfile" field instead`]
    : [];

function volumeWarnings(volume: Volume, path: string): string[] {
  const warnings = Object.keys(volume).flatMap(field => {
    const why = DEPRECATED_VOLUMES[field];
    return why === undefined ? [] : [`${child(path, field === 'storageos' ? 'storageOS' : field)}: ${why}`];
  });
  const claim = volume.ephemeral?.volumeClaimTemplate;
  return claim
    ? [...warnings, ...claimSpecWarnings(claim.spec, child(path, 'ephemeral.volumeClaimTemplate.spec'))]
    : warnings;
}

/** Names in lists that `kubectl apply` merges by them. */
function nameWarnings({ hostAliases = [], imagePullSecrets = [] }: PodSpec, path: string): string[] {
  const again = (names: readonly string[], list: string, field: string, what: string) =>
    names.flatMap((name, i) =>
      names.indexOf(name) < i
        ? [`${child(at(child(path, list), i), field)}: duplicate ${what} ${JSON.stringify(name)}`]
        : [],
    );
  const secrets = imagePullSecrets.map(({ name }) => name ?? '');
  return [
    ...again(
      hostAliases.map(({ ip }) => ip),
      'hostAliases',
      'ip',
      'ip',
    ),
    ...again(secrets, 'imagePullSecrets', 'name', 'name'),
    ...secrets.flatMap((name, i) =>
      name ? [] : [`${child(at(child(path, 'imagePullSecrets'), i), 'name')}: invalid empty name ""`],
    ),
  ];
}

interface Around {
  readonly spec: PodSpec;
  readonly meta: ObjectMeta | undefined;
  /** The path of the annotations. */
  readonly annotations: string;
  readonly template: boolean;
}

function containerWarnings(
  container: Container,
  path: string,
  { spec, meta, annotations, template }: Around,
): string[] {
  const { securityContext, resources, env = [], name } = container;
  const warnings = securityContext?.seccompProfile
    ? []
    : seccompWarnings(meta, annotations, SECCOMP_CONTAINER + name);
  const profile = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
  const key = APPARMOR + name;
  if (template && !profile && hasAnnotation(meta, key)) warnings.push(appArmorWarning(at(annotations, key)));
  for (const resource of FRACTIONLESS)
    for (const kind of ['limits', 'requests'] as const)
      warnings.push(...fractionalWarning(resources?.[kind], resource, child(path, `resources.${kind}`)));
  const names = new Set<string>();
  env.forEach((variable, i) => {
    const reference = `$(${variable.name})`;
    const { value = '' } = variable;
    // A longer value with what the name meant before keeps it.
    const keeps = !variable.valueFrom && value !== reference && value.includes(reference);
    if (names.has(variable.name) && !keeps) {
      const what = JSON.stringify(variable.name);
      const where = at(child(path, 'env'), i);
      warnings.push(`${where}: hides previous definition of ${what}, which may be dropped when using apply`);
    }
    names.add(variable.name);
  });
  return warnings;
}

const FRACTIONLESS = ['memory', 'ephemeral-storage'] as const;

type Amounts = Readonly<Record<string, string>> | undefined;

const fractionalWarnings = (amounts: Amounts, path: string): string[] =>
  FRACTIONLESS.flatMap(resource => fractionalWarning(amounts, resource, path));

function fractionalWarning(amounts: Amounts, resource: string, path: string): string[] {
  const amount = amounts?.[resource];
  return amount === undefined || quantityMilliValue(amount) % 1000n === 0n
    ? []
    : [
        `${at(path, resource)}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`,
      ];
}

/** Ports of all containers: they share one network. */
function portWarnings(containers: readonly Located[]): string[] {
  const seen: { readonly port: ContainerPort; readonly where: string }[] = [];
  return containers.flatMap(([container, path]) =>
    (container.ports ?? []).flatMap((port, i) => {
      const where = at(child(path, 'ports'), i);
      const { name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } = port;
      const warnings: string[] = [];
      if (hostIP !== '' && hostPort === 0) {
        const shown = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
        warnings.push(`${where}: hostIP set without hostPort: ${shown}`);
      }
      for (const other of seen) {
        const how = clash(port, other.port);
        if (how) warnings.push(`${where}: ${how} port definition with ${other.where}`);
      }
      seen.push({ port, where });
      return warnings;
    }),
  );
}

function clash(a: ContainerPort, b: ContainerPort): string | undefined {
  const same = a.containerPort === b.containerPort && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
  if (!same) return undefined;
  const [hostA, hostB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (ipA === ipB && hostA === hostB) return 'duplicate';
  if (hostA === 0 || hostB === 0) return 'overlapping';
  return hostA === hostB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined;
}

/** A name finds the first port that has it. */
function portNameWarnings(containers: readonly Located[]): string[] {
  const first = new Map<string, string>();
  return containers.flatMap(([container, path]) =>
    (container.ports ?? []).flatMap(({ name }, i) => {
      if (!name) return [];
      const where = at(child(path, 'ports'), i);
      const other = first.get(name);
      if (other === undefined) {
        first.set(name, where);
        return [];
      }
      const found = `services and probes that select ports by name will use ${other}`;
      return [`${where}: duplicate port name ${JSON.stringify(name)} with ${other}, ${found}`];
    }),
  );
}

function graceWarnings({ terminationGracePeriodSeconds: grace = 0 }: PodSpec, path: string): string[] {
  const where = child(path, 'terminationGracePeriodSeconds');
  return grace < 0 ? [`${where}: must be >= 0; negative values are invalid and will be treated as 1`] : [];
}

function addressWarnings({ dnsConfig, hostAliases = [] }: PodSpec, path: string): string[] {
  const nameservers = child(path, 'dnsConfig.nameservers');
  return [
    ...(dnsConfig?.nameservers ?? []).flatMap((ip, i) => ipWarnings(at(nameservers, i), ip)),
    ...hostAliases.flatMap(({ ip }, i) => ipWarnings(child(at(child(path, 'hostAliases'), i), 'ip'), ip)),
  ];
}
