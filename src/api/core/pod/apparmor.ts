/**
 * AppArmor profiles as annotations: their spelling until v1.30. A new pod has them copied to the
 * fields that took their place (KEP-24), which is what kubelets look at.
 */
import type { AppArmorProfile, Pod } from '../../../generated/core-v1.ts';
import { at } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import { validateAppArmor } from '../pod-spec/security.ts';

/** Followed by the name of a container. */
export const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const LOCAL = 'localhost/';

/** Changes `pod`. Returns what the client is to be warned of. */
export function applyAppArmorAnnotations({ metadata: { annotations = {} }, spec }: Pod): string[] {
  if (spec.os?.name === 'windows') return [];
  const warnings: string[] = [];
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const container of spec[list] ?? []) {
      const key = APPARMOR + container.name;
      const annotation = annotations[key];
      if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
      const profile = profileOf(annotation);
      // What the pod says for all its containers need not be said again.
      if (profile && semanticEqual(profile, spec.securityContext?.appArmorProfile)) continue;
      if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
      warnings.push(appArmorWarning(at('metadata.annotations', key)));
    }
  }
  return warnings;
}

export const appArmorWarning = (path: string): string =>
  `${path}: deprecated since v1.30; use the "appArmorProfile" field instead`;

/** Undefined for what the field could not say. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith(LOCAL)) return undefined;
  const profile = { type: 'Localhost', localhostProfile: annotation.slice(LOCAL.length) };
  return validateAppArmor(profile, '').length === 0 ? profile : undefined;
}
