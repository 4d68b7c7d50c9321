/**
 * What a cluster calls its things in the kernel. Two clusters on one machine share none of them, and
 * `delete` finds what is left by these names.
 */
import { DEFAULT_NAME } from './layout.ts';
import type { ClusterSettings } from './settings.ts';

/** Above the kubepods of this cluster: two clusters on one machine share no cgroup. */
export const cgroupRoot = (settings: ClusterSettings): string => `/${kernelName(settings.name)}`;

/** nft tables of this cluster; nothing else may use their names. */
export const networkTable = (settings: ClusterSettings): string => `${kernelName(settings.name)}-network`;
export const proxyTable = (settings: ClusterSettings): string => `${kernelName(settings.name)}-services`;
const kernelName = (name: string): string => (name === DEFAULT_NAME ? name : `peapod-${name}`);
