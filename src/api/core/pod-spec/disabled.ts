/**
 * Fields of features that v1.36 has off by default: dropped from new specs, as if they were
 * unknown, unless the object before used them (upstream's dropDisabledFields).
 */
import type {
  Container,
  EphemeralContainer,
  PodSpec,
  PodTemplateSpec,
  VolumeProjection,
} from '../../../generated/core-v1.ts';
import { keepStatus } from '../../carry-over.ts';

export function dropDisabledFields(spec: PodSpec, old?: PodSpec): void {
  if (!old?.schedulingGroup) delete spec.schedulingGroup;
  const signals = containersOf(old).some(c => c.lifecycle?.stopSignal !== undefined);
  if (!signals) for (const container of containersOf(spec)) dropStopSignal(container);
  for (const field of ['clusterTrustBundle', 'podCertificate'] as const) {
    if (sourcesOf(old).some(source => source[field] !== undefined)) continue;
    for (const source of sourcesOf(spec)) delete source[field];
  }
}

export function dropDisabledTemplateFields(
  template: PodTemplateSpec | undefined,
  old?: PodTemplateSpec,
): void {
  if (template?.spec) dropDisabledFields(template.spec, old?.spec);
}

interface Workload {
  readonly spec?: { readonly template?: PodTemplateSpec | undefined } | undefined;
  status?: unknown;
}

/** What updates of workloads may not touch, or not use. */
export function prepareWorkloadUpdate<T extends Workload>(next: T, old: T): void {
  keepStatus(next, old);
  dropDisabledTemplateFields(next.spec?.template, old.spec?.template);
}

const containersOf = (spec: PodSpec | undefined): readonly (Container | EphemeralContainer)[] => [
  ...(spec?.containers ?? []),
  ...(spec?.initContainers ?? []),
  ...(spec?.ephemeralContainers ?? []),
];

const sourcesOf = (spec: PodSpec | undefined): readonly VolumeProjection[] =>
  (spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);

/** With nothing else in it, the lifecycle goes too. */
function dropStopSignal(container: Container | EphemeralContainer): void {
  const { lifecycle } = container;
  if (lifecycle?.stopSignal === undefined) return;
  delete lifecycle.stopSignal;
  if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
}
