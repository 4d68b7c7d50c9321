/**
 * Fields of features that v1.36 has off by default: dropped from new specs, as if they were
 * unknown, unless the object before used them (upstream's dropDisabledFields).
 */
import type { Container, EphemeralContainer, PodSpec } from '../../../generated/core-v1.ts';

export function dropDisabledFields(spec: PodSpec, old?: PodSpec): void {
  if (!old?.schedulingGroup) delete spec.schedulingGroup;
  const containers = [
    ...(spec.containers ?? []),
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  if (!usesStopSignals(old)) for (const container of containers) dropStopSignal(container);
  if (!usesProjections(old)) {
    for (const { projected } of spec.volumes ?? []) {
      for (const source of projected?.sources ?? []) {
        delete source.clusterTrustBundle;
        delete source.podCertificate;
      }
    }
  }
}

/** With nothing else in it, the lifecycle goes too. */
function dropStopSignal(container: Container | EphemeralContainer): void {
  const { lifecycle } = container;
  if (lifecycle?.stopSignal === undefined) return;
  delete lifecycle.stopSignal;
  if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
}

const usesStopSignals = (spec: PodSpec | undefined) =>
  spec?.containers?.some(c => c.lifecycle?.stopSignal !== undefined) ?? false;

const usesProjections = (spec: PodSpec | undefined) =>
  spec?.volumes?.some(v =>
    v.projected?.sources?.some(s => s.clusterTrustBundle !== undefined || s.podCertificate !== undefined),
  ) ?? false;
