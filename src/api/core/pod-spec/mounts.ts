/** Volume mounts and block devices of a container. */
import type { Container, Volume, VolumeDevice, VolumeMount } from '../../../generated/core-v1.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundField,
  required,
} from '../../field-error.ts';
import { optionalEnumeration } from '../../validation/checks.ts';
import { localDescendingPath, noBacksteps } from '../pod-volumes/paths.ts';

export type VolumesByName = ReadonlyMap<string, Volume>;

type Mounting = Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>;

export function validateMounts(container: Mounting, path: string, volumes: VolumesByName): FieldError[] {
  const mounts = container.volumeMounts ?? [];
  const devices = container.volumeDevices ?? [];
  const places = new Set<string>();
  return mounts.flatMap((mount, i) => {
    const here = at(path, i);
    const [name, mountPath] = [child(here, 'name'), child(here, 'mountPath')];
    const errors: FieldError[] = [];
    if (mount.name === '') errors.push(required(name));
    if (!volumes.has(mount.name)) errors.push(notFoundField(name, mount.name));
    if (mount.mountPath === '') errors.push(required(mountPath));
    if (places.has(mount.mountPath)) errors.push(invalidValue(mountPath, mount.mountPath, 'must be unique'));
    places.add(mount.mountPath);
    if (devices.some(d => d.name === mount.name)) {
      errors.push(invalidValue(name, mount.name, 'must not already exist in volumeDevices'));
    }
    if (devices.some(d => d.devicePath === mount.mountPath)) {
      errors.push(
        invalidValue(mountPath, mount.mountPath, 'must not already exist as a path in volumeDevices'),
      );
    }
    // Upstream reports these under the list, not under the mount.
    if (mount.subPath) errors.push(...localDescendingPath(child(path, 'subPath'), mount.subPath));
    if (mount.subPathExpr) {
      if (mount.subPath) {
        errors.push(
          invalidValue(
            child(here, 'subPathExpr'),
            mount.subPathExpr,
            'subPathExpr and subPath are mutually exclusive',
          ),
        );
      }
      errors.push(...localDescendingPath(child(path, 'subPathExpr'), mount.subPathExpr));
    }
    errors.push(...validatePropagation(mount, container, child(path, 'mountPropagation')));
    errors.push(...validateRecursiveReadOnly(mount, child(path, 'recursiveReadOnly')));
    return errors;
  });
}

function validatePropagation(mount: VolumeMount, container: Mounting, path: string): FieldError[] {
  const { mountPropagation } = mount;
  const errors = optionalEnumeration(path, mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
  if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
    errors.push(
      forbiddenField(path, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  }
  return errors;
}

function validateRecursiveReadOnly(mount: VolumeMount, path: string): FieldError[] {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  const errors = optionalEnumeration(path, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']);
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return errors;
  if (!readOnly) errors.push(forbiddenField(path, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    errors.push(forbiddenField(path, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

export function validateDevices(
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  path: string,
  volumes: VolumesByName,
): FieldError[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  return devices.flatMap((device, i) => {
    const here = at(path, i);
    const [name, devicePath] = [child(here, 'name'), child(here, 'devicePath')];
    const volume = volumes.get(device.name);
    const errors: FieldError[] = [];
    if (device.name === '') errors.push(required(name));
    if (names.has(device.name)) errors.push(invalidValue(name, device.name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      errors.push(
        invalidValue(
          name,
          device.name,
          'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        ),
      );
    }
    if (!volume) errors.push(notFoundField(name, device.name));
    if (device.devicePath === '') errors.push(required(devicePath));
    if (paths.has(device.devicePath)) {
      errors.push(invalidValue(devicePath, device.devicePath, 'must be unique'));
    }
    if (noBacksteps(devicePath, device.devicePath).length > 0) {
      errors.push(invalidValue(devicePath, device.devicePath, "can not contain backsteps ('..')"));
    } else {
      paths.add(device.devicePath);
    }
    if (mounts.some(m => m.name === device.name)) {
      errors.push(invalidValue(name, device.name, 'must not already exist in volumeMounts'));
    }
    if (mounts.some(m => m.mountPath === device.devicePath)) {
      errors.push(
        invalidValue(devicePath, device.devicePath, 'must not already exist as a path in volumeMounts'),
      );
    }
    if (device.name !== '') names.add(device.name);
    return errors;
  });
}
