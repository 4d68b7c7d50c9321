/** Volumes made from several sources, and from fields of the pod. */
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { VOLUME_FIELDS, validateFieldRef, validateResourceFieldRef } from '../pod-spec/downward.ts';
import { validateItems, validateMode } from './key-to-path.ts';
import { localUnreservedPath } from './paths.ts';

const TOKEN_MIN_SECONDS = 600;
const TOKEN_MAX_SECONDS = 2 ** 32;

export function validateDownwardFiles(
  source:
    | { readonly items?: DownwardAPIVolumeFile[] | undefined; readonly defaultMode?: number | undefined }
    | undefined,
  path: string,
): FieldError[] {
  return [
    ...validateMode(source?.defaultMode, child(path, 'defaultMode')),
    ...(source?.items ?? []).flatMap(file => validateDownwardFile(file, path)),
  ];
}

/** Upstream reports all files under the volume itself, without their index. */
function validateDownwardFile(file: DownwardAPIVolumeFile, path: string): FieldError[] {
  const here = child(path, 'path');
  const errors: FieldError[] = file.path === '' ? [required(here)] : [];
  errors.push(...localUnreservedPath(here, file.path));
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, child(path, 'fieldRef'), VOLUME_FIELDS));
    if (file.resourceFieldRef) {
      errors.push(
        invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
    }
  } else if (file.resourceFieldRef) {
    errors.push(
      ...validateResourceFieldRef(file.resourceFieldRef, child(path, 'resourceFieldRef'), { inVolume: true }),
    );
  } else {
    errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...validateMode(file.mode, child(path, 'mode'))];
}

export function validateProjected(projected: ProjectedVolumeSource | undefined, path: string): FieldError[] {
  const paths = new Set<string>();
  return [
    ...validateMode(projected?.defaultMode, child(path, 'defaultMode')),
    ...(projected?.sources ?? []).flatMap((source, i) =>
      validateProjection(source, at(child(path, 'sources'), i), path, paths),
    ),
  ];
}

/** `paths`: the files of the sources before, which no two sources may both make. */
function validateProjection(
  source: VolumeProjection,
  here: string,
  volumePath: string,
  paths: Set<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const claim = (file: string, errorPath: string, shown: string) => {
    if (file === '') return;
    if (paths.has(file)) errors.push(invalidValue(errorPath, shown, 'conflicting duplicate paths'));
    paths.add(file);
  };
  for (const field of ['secret', 'configMap'] as const) {
    const keys = source[field];
    if (!keys) continue;
    const name = keys.name ?? '';
    if (name === '') errors.push(required(child(child(here, field), 'name')));
    const items: readonly KeyToPath[] = keys.items ?? [];
    errors.push(...validateItems(items, child(child(here, field), 'items')));
    for (const item of items) claim(item.path, volumePath, name);
  }
  if (source.downwardAPI) {
    const downward = child(here, 'downwardAPI');
    for (const file of source.downwardAPI.items ?? []) {
      errors.push(...validateDownwardFile(file, downward));
      claim(file.path, volumePath, file.path);
    }
  }
  if (source.serviceAccountToken) {
    // The token's path is not compared with those of the other sources.
    errors.push(...validateToken(source.serviceAccountToken, child(here, 'serviceAccountToken'), volumePath));
  }
  if (Object.keys(source).length > 1) {
    errors.push(forbiddenField(here, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function validateToken(
  { expirationSeconds, path }: ServiceAccountTokenProjection,
  here: string,
  volumePath: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const expiration = child(here, 'expirationSeconds');
  if (expirationSeconds !== undefined && expirationSeconds < TOKEN_MIN_SECONDS) {
    errors.push(
      invalidValue(expiration, expirationSeconds, 'may not specify a duration less than 10 minutes'),
    );
  }
  if (expirationSeconds !== undefined && expirationSeconds > TOKEN_MAX_SECONDS) {
    errors.push(
      invalidValue(expiration, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'),
    );
  }
  const file = child(volumePath, 'path');
  return [...errors, ...(path === '' ? [required(file)] : localUnreservedPath(file, path))];
}
