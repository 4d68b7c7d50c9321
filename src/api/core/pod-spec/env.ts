/** Environment variables and where they come from. */
import type { EnvFromSource, EnvVar, EnvVarSource, PodSpec } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, invalidValue, notFoundField, required } from '../../field-error.ts';
import { configMapKey, dnsSubdomain, relaxedEnvVarName } from '../../meta/names.ts';
import { checkDnsLabel, checkDnsSubdomain, checked } from '../../validation/checks.ts';
import { noBacksteps } from '../pod-volumes/paths.ts';
import { ENV_FIELDS, validateFieldRef, validateResourceFieldRef } from './downward.ts';

export function validateEnv(env: readonly EnvVar[], path: string): FieldError[] {
  return env.flatMap((variable, i) => {
    const here = at(path, i);
    const name = child(here, 'name');
    return [
      ...(variable.name === '' ? [required(name)] : checked(name, variable.name, relaxedEnvVarName)),
      ...validateValueFrom(variable, child(here, 'valueFrom')),
    ];
  });
}

function validateValueFrom({ value, valueFrom }: EnvVar, path: string): FieldError[] {
  if (!valueFrom) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, child(path, 'fieldRef'), ENV_FIELDS));
  if (resourceFieldRef) {
    errors.push(
      ...validateResourceFieldRef(resourceFieldRef, child(path, 'resourceFieldRef'), { inVolume: false }),
    );
  }
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, child(path, 'configMapKeyRef')));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, child(path, 'secretKeyRef')));
  if (fileKeyRef) errors.push(...validateFileKeyRef(fileKeyRef, child(path, 'fileKeyRef')));
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(
    Boolean,
  ).length;
  if (given === 0) {
    errors.push(
      invalidValue(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  } else if (value) {
    errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  } else if (given > 1) {
    errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

function validateKeyRef(
  ref: { readonly name?: string | undefined; readonly key: string },
  path: string,
): FieldError[] {
  const key = child(path, 'key');
  return [
    ...checkDnsSubdomain(child(path, 'name'), ref.name ?? ''),
    ...(ref.key === '' ? [required(key)] : checked(key, ref.key, configMapKey)),
  ];
}

function validateFileKeyRef(ref: NonNullable<EnvVarSource['fileKeyRef']>, path: string): FieldError[] {
  const [key, file, volumeName] = [child(path, 'key'), child(path, 'path'), child(path, 'volumeName')];
  return [
    ...(ref.key === '' ? [required(key)] : checked(key, ref.key, relaxedEnvVarName)),
    ...(ref.volumeName === '' ? [required(volumeName)] : checkDnsLabel(volumeName, ref.volumeName)),
    ...(ref.path === '' ? [required(file)] : noBacksteps(file, ref.path)),
  ];
}

/** Files of variables are in volumes that live as long as the pod. */
export function validateFileVolumes(spec: PodSpec, path: string): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map(volume => [volume.name, volume]));
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    (spec[list] ?? []).flatMap(({ env = [] }, i) =>
      env.flatMap(({ valueFrom }, j) => {
        const name = valueFrom?.fileKeyRef?.volumeName;
        if (name === undefined) return [];
        const variable = at(child(at(child(path, list), i), 'env'), j);
        const here = `${variable}.valueFrom.fileKeyRef.volumeName`;
        const volume = volumes.get(name);
        if (!volume) return [notFoundField(here, name)];
        if (volume.emptyDir) return [];
        return [invalidValue(here, name, 'referenced volume must be of type emptyDir')];
      }),
    ),
  );
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: string): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const here = at(path, i);
    const errors: FieldError[] = prefix ? checked(child(here, 'prefix'), prefix, relaxedEnvVarName) : [];
    if (configMapRef) errors.push(...validateSourceName(configMapRef.name, child(here, 'configMapRef')));
    if (secretRef) errors.push(...validateSourceName(secretRef.name, child(here, 'secretRef')));
    if (!configMapRef && !secretRef) {
      errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}

function validateSourceName(name: string | undefined, path: string): FieldError[] {
  const here = child(path, 'name');
  return name ? checked(here, name, v => dnsSubdomain(v)) : [required(here)];
}
