/** volumeattributesclass-protection: a class goes when no claim and no volume names it (KEP-3751). */
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  VOLUME_ATTRIBUTES_CLASSES,
} from '../../client/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/core-v1.ts';
import type { VolumeAttributesClass } from '../../generated/storage-v1.ts';
import { protectionController } from './protection.ts';

const present = (names: readonly (string | undefined)[]): string[] =>
  names.filter((name): name is string => name !== undefined && name !== '');

/** What it asks for, what it has, and what it is being changed to. */
export const classesOfClaim = ({ spec, status }: PersistentVolumeClaim): string[] =>
  present([
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ]);

const classesOfVolume = ({ spec }: PersistentVolume): string[] => present([spec?.volumeAttributesClassName]);

export const volumeAttributesClassProtection = protectionController<VolumeAttributesClass>({
  name: 'volumeattributesclass-protection',
  resource: VOLUME_ATTRIBUTES_CLASSES,
  finalizer: 'kubernetes.io/vac-protection',
  watchUses(context) {
    const claims = context.informer<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS);
    const volumes = context.informer<PersistentVolume>(PERSISTENT_VOLUMES);
    const indexes = [
      claims.index('volume-attributes-class', classesOfClaim),
      volumes.index('volume-attributes-class', classesOfVolume),
    ];
    // The old form names what is used no longer.
    const enqueue = (names: readonly string[]) => {
      for (const name of names) context.enqueue(name);
    };
    claims.addHandlers({
      updated: (_claim, old) => enqueue(classesOfClaim(old)),
      deleted: claim => enqueue(classesOfClaim(claim)),
    });
    volumes.addHandlers({
      updated: (_volume, old) => enqueue(classesOfVolume(old)),
      deleted: volume => enqueue(classesOfVolume(volume)),
    });
    return ({ metadata }) => indexes.some(index => index.count(metadata.name ?? '') > 0);
  },
});
