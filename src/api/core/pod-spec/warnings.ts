/** Warnings about pods and pod templates that are accepted: upstream's api/pod/warnings.go. */
import { ownField } from '../../../base/own-field.ts';
import type { Container, Pod, PodSpec, PodTemplateSpec } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { at, child } from '../../field-error.ts';
import { dnsLabel, labelValue } from '../../meta/names.ts';
import { quantityMilliValue } from '../../quantity.ts';
import { semanticEqual } from '../../validation/checks.ts';

const DEPRECATED_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

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
  const wrong = spec.hostname || name === '' ? [] : dnsLabel(name);
  const warnings = wrong.length === 0 ? [] : [hostnameWarning(wrong)];
  return [...warnings, ...specWarnings(spec, metadata, 'spec')];
}

const hostnameWarning = (wrong: readonly string[]) =>
  `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${wrong.join(' ')}]`;

interface Workload {
  readonly spec?: { readonly template?: PodTemplateSpec | undefined } | undefined;
}

/** Of a workload that is created, or whose spec changes in any way. */
export function workloadWarnings(next: Workload, old: Workload | undefined): string[] {
  const template = next.spec?.template;
  if (!template || (old && semanticEqual(next.spec, old.spec))) return [];
  return podTemplateWarnings(template, undefined, 'spec.template');
}

/** Nothing for a template that stays as it was. */
export function podTemplateWarnings(
  template: PodTemplateSpec,
  old: PodTemplateSpec | undefined,
  path: string,
): string[] {
  if (!template.spec || (old && semanticEqual(template.spec, old.spec))) return [];
  return specWarnings(template.spec, template.metadata, child(path, 'spec'));
}

function specWarnings(spec: PodSpec, meta: ObjectMeta | undefined, path: string): string[] {
  return [
    ...nodeSelectorWarnings(spec, path),
    ...affinityValueWarnings(spec, path),
    ...topologyWarnings(spec, path),
    ...nameWarnings(spec, path),
    ...volumeWarnings(spec, path),
    ...listWarnings(spec, path),
    ...annotationWarnings(meta, path),
    ...containerListWarnings(spec, path),
    ...graceWarnings(spec, path),
  ];
}

function nodeSelectorWarnings(spec: PodSpec, path: string): string[] {
  return Object.keys(spec.nodeSelector ?? {})
    .sort()
    .flatMap(key => {
      const why = ownField(DEPRECATED_NODE_LABELS, key);
      return why ? [`${at(child(path, 'nodeSelector'), key)}: ${why}`] : [];
    });
}

function affinityValueWarnings(spec: PodSpec, path: string): string[] {
  const field = 'preferredDuringSchedulingIgnoredDuringExecution';
  const terms = spec.affinity?.nodeAffinity?.[field] ?? [];
  return terms.flatMap(({ preference }, i) =>
    (preference.matchExpressions ?? []).flatMap((expression, j) => {
      const term = child(at(`${path}.affinity.nodeAffinity.${field}`, i), 'preference');
      const here = at(child(term, 'matchExpressions'), j);
      const deprecated = DEPRECATED_NODE_LABELS[expression.key];
      return [
        ...(deprecated ? [`${child(here, 'key')}: ${expression.key} is ${deprecated}`] : []),
        ...(expression.values ?? []).flatMap((value, k) =>
          labelValue(value).map(m => `${at(child(here, 'values'), k)}: ${value} is invalid, ${m}`),
        ),
      ];
    }),
  );
}

function topologyWarnings(spec: PodSpec, path: string): string[] {
  return (spec.topologySpreadConstraints ?? []).flatMap((constraint, i) => {
    const here = at(child(path, 'topologySpreadConstraints'), i);
    const why = DEPRECATED_NODE_LABELS[constraint.topologyKey];
    return [
      ...(why ? [`${child(here, 'topologyKey')}: ${constraint.topologyKey} is ${why}`] : []),
      ...(constraint.labelSelector === undefined
        ? [`${child(here, 'labelSelector')}: a null labelSelector results in matching no pod`]
        : []),
    ];
  });
}

function nameWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = [];
  (spec.imagePullSecrets ?? []).forEach(({ name }, i) => {
    if (!name) {
      const here = at(child(path, 'imagePullSecrets'), i);
      warnings.push(`${here}: invalid empty name ${JSON.stringify(name ?? '')}`);
    }
  });
  const seen = new Map<string, number>();
  (spec.hostAliases ?? []).forEach(({ ip }, i) => {
    if (seen.has(ip)) {
      const here = child(at(child(path, 'hostAliases'), i), 'ip');
      warnings.push(`${here}: duplicate ip ${JSON.stringify(ip)}`);
    }
    seen.set(ip, i);
  });
  return warnings;
}

function volumeWarnings(spec: PodSpec, path: string): string[] {
  return (spec.volumes ?? []).flatMap((volume, i) => {
    const here = at(child(path, 'volumes'), i);
    const warnings: string[] = [];
    for (const [field, why] of Object.entries(DEPRECATED_VOLUMES)) {
      if (volume[field as keyof typeof volume] !== undefined) warnings.push(`${child(here, field)}: ${why}`);
    }
    const limit = volume.emptyDir?.sizeLimit;
    if (limit !== undefined && isFractional(limit)) {
      warnings.push(fractional(child(child(here, 'emptyDir'), 'sizeLimit'), limit));
    }
    const sources = volume.projected?.sources;
    if (volume.projected && sources?.every(s => Object.keys(s).length === 0) && sources.length > 0) {
      warnings.push(`volume ${JSON.stringify(volume.name)} (Projected) has no sources provided`);
    }
    return warnings;
  });
}

/** Hints about pairs in one list that `kubectl apply` would merge. */
function listWarnings(spec: PodSpec, path: string): string[] {
  const ports = new Map<string, string>();
  return (spec.containers ?? []).flatMap((container, i) =>
    containerWarnings(container, at(child(path, 'containers'), i), ports),
  );
}

function containerListWarnings(spec: PodSpec, path: string): string[] {
  return (spec.initContainers ?? []).flatMap((container, i) =>
    containerWarnings(container, at(child(path, 'initContainers'), i), new Map()),
  );
}

function containerWarnings(container: Container, path: string, ports: Map<string, string>): string[] {
  const warnings: string[] = [];
  for (const kind of ['limits', 'requests'] as const) {
    for (const resource of ['memory', 'ephemeral-storage']) {
      const amount = container.resources?.[kind]?.[resource];
      if (amount !== undefined && isFractional(amount)) {
        warnings.push(fractional(at(child(child(path, 'resources'), kind), resource), amount));
      }
    }
  }
  const names = new Set<string>();
  (container.env ?? []).forEach(({ name }, i) => {
    if (names.has(name)) {
      warnings.push(
        `${at(child(path, 'env'), i)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
    }
    names.add(name);
  });
  (container.ports ?? []).forEach((port, i) => {
    const here = at(child(path, 'ports'), i);
    const { name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } = port;
    if (hostIP !== '' && hostPort === 0) {
      warnings.push(
        `${here}: hostIP set without hostPort: {Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`,
      );
    }
    const key = `${protocol}/${containerPort}/${hostIP}/${hostPort}`;
    const before = ports.get(key);
    if (before !== undefined) warnings.push(`${here}: duplicate port definition with ${before}`);
    else ports.set(key, here);
  });
  return warnings;
}

function annotationWarnings(meta: ObjectMeta | undefined, path: string): string[] {
  const at = path === 'spec' ? 'metadata.annotations' : `${path.replace(/\.spec$/, '')}.metadata.annotations`;
  return Object.keys(meta?.annotations ?? {})
    .sort()
    .flatMap(key =>
      key.startsWith('container.apparmor.security.beta.kubernetes.io/')
        ? [`${at}[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`]
        : [],
    );
}

function graceWarnings({ terminationGracePeriodSeconds: grace = 0 }: PodSpec, path: string): string[] {
  return grace < 0
    ? [
        `${child(path, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
      ]
    : [];
}

const isFractional = (amount: string) => quantityMilliValue(amount) % 1000n !== 0n;
const fractional = (path: string, amount: string) =>
  `${path}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`;
