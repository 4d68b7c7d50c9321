/**
 * The checks of the Pod Security Standards' level "baseline": known ways for a pod to become more than
 * it should are closed. Wording as upstream's.
 */
import type { LifecycleHandler, Probe } from '../../../generated/core-v1.ts';
import {
  type Check,
  containersWhich,
  contextsOf,
  inUserNamespace,
  isConfining,
  plural,
  quoted,
  type Subject,
  settersWhich,
  sortedSet,
  theContainers,
} from './subject.ts';

const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';

export const appArmorProfile: Check = subject => {
  const annotations = Object.entries(subject.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && !confinedByAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const more = annotations.length > 0 ? [plural('annotation', 'annotations', annotations.length)] : [];
  const bad = (type: string | undefined) => type !== undefined && !isConfining(type);
  const setters = settersWhich(subject, c => bad(c.appArmorProfile?.type), more);
  if (setters === '') return undefined;
  const types = contextsOf(subject).map(c => c.appArmorProfile?.type ?? '');
  const values = [...sortedSet(types.filter(type => type !== '' && bad(type))), ...annotations];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${setters} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const confinedByAnnotation = (profile: string) =>
  profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');

const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

export const defaultCapabilities: Check = subject => {
  const detail = addsCapabilitiesBut(subject, DEFAULT_CAPABILITIES);
  return detail === undefined ? undefined : { reason: 'non-default capabilities', detail };
};

export function addsCapabilitiesBut(subject: Subject, allowed: readonly string[]): string | undefined {
  const beyond = (added: readonly string[] | undefined) => (added ?? []).filter(c => !allowed.includes(c));
  const names = containersWhich(subject, c => beyond(c.securityContext?.capabilities?.add).length > 0);
  if (names.length === 0) return undefined;
  const what = sortedSet(subject.containers.flatMap(c => beyond(c.securityContext?.capabilities?.add)));
  return `${theContainers(names)} must not include ${quoted(what)} in securityContext.capabilities.add`;
}

export const hostNamespaces: Check = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(field => spec[field]);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map(field => `${field}=true`).join(', ') };
};

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(volume => volume.hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: 'hostPath volumes',
    detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}`,
  };
};

export const hostPorts: Check = subject => {
  const names = containersWhich(subject, c => c.ports?.some(port => port.hostPort));
  if (names.length === 0) return undefined;
  const taken = subject.containers.flatMap(c => (c.ports ?? []).flatMap(({ hostPort }) => hostPort || []));
  const ports = sortedSet(taken.map(String));
  const verb = plural('uses', 'use', names.length);
  const what = plural('hostPort', 'hostPorts', ports.length);
  return { reason: 'hostPort', detail: `${theContainers(names)} ${verb} ${what} ${ports.join(', ')}` };
};

/** Probes and hooks are done from the node: a host sends them where the pod itself may not go. */
export const hostsOfProbes: Check = subject => {
  const bad = subject.containers.map(({ name, livenessProbe, readinessProbe, startupProbe, lifecycle }) => {
    const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
    return { name, hosts: handlers.flatMap(hostsOf) };
  });
  const hosts = sortedSet(bad.flatMap(c => c.hosts));
  if (hosts.length === 0) return undefined;
  const names = sortedSet(bad.filter(c => c.hosts.length > 0).map(({ name }) => name));
  const verb = plural('uses', 'use', names.length);
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return {
    reason: 'probe or lifecycle host',
    detail: `${theContainers(names)} ${verb} ${what} ${quoted(hosts)}`,
  };
};

const hostsOf = (handler: Probe | LifecycleHandler | undefined): string[] =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap(host => host || []);

export const privileged: Check = subject => {
  const names = containersWhich(subject, c => c.securityContext?.privileged);
  if (names.length === 0) return undefined;
  return {
    reason: 'privileged',
    detail: `${theContainers(names)} must not set securityContext.privileged=true`,
  };
};

export const procMount: Check = subject => {
  const bad = (type: string | undefined) => type !== undefined && type !== 'Default';
  const names = containersWhich(subject, c => bad(c.securityContext?.procMount));
  if (names.length === 0) return undefined;
  const types = subject.containers.flatMap(c => c.securityContext?.procMount ?? []).filter(bad);
  const what = quoted(sortedSet(types));
  return {
    reason: 'procMount',
    detail: `${theContainers(names)} must not set securityContext.procMount to ${what}`,
  };
};

export const procMountOutsideUserNamespaces: Check = subject =>
  inUserNamespace(subject) ? undefined : procMount(subject);

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const seLinux =
  (types: readonly string[]): Check =>
  subject => {
    const setters = settersWhich(
      subject,
      ({ seLinuxOptions: options }) =>
        options && (!types.includes(options.type ?? '') || !!options.user || !!options.role),
    );
    if (setters === '') return undefined;
    const options = contextsOf(subject).flatMap(context => context.seLinuxOptions ?? []);
    const bad = sortedSet(options.map(({ type = '' }) => type).filter(type => !types.includes(type)));
    const what = [
      ...(bad.length > 0 ? [`${plural('type', 'types', bad.length)} ${quoted(bad)}`] : []),
      ...(options.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(options.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`;
    return { reason: 'seLinuxOptions', detail };
  };

export const seLinuxOptions = seLinux(SELINUX_TYPES);
export const seLinuxOptionsSince31 = seLinux([...SELINUX_TYPES, 'container_engine_t']);

/** Before v1.19 profiles were annotations. */
export const seccompAnnotations: Check = ({ metadata, containers }) => {
  const keys = [SECCOMP_POD_ANNOTATION, ...containers.map(({ name }) => SECCOMP_ANNOTATION + name)];
  const bad = keys.flatMap(key => {
    const value = metadata.annotations?.[key];
    return value === undefined || seccompConfinedByAnnotation(value) ? [] : `${key}=${JSON.stringify(value)}`;
  });
  if (bad.length === 0) return undefined;
  const what = sortedSet(bad);
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', 'annotations', what.length)} ${what.join(', ')}`,
  };
};

const seccompConfinedByAnnotation = (profile: string) =>
  profile === 'runtime/default' || profile === 'docker/default' || profile.startsWith('localhost/');

export const seccompProfile: Check = subject => {
  const bad = (type: string | undefined) => type !== undefined && !isConfining(type);
  const setters = settersWhich(subject, c => bad(c.seccompProfile?.type));
  if (setters === '') return undefined;
  const types = contextsOf(subject).flatMap(c => c.seccompProfile?.type ?? []);
  const what = quoted(sortedSet(types.filter(bad)));
  return {
    reason: 'seccompProfile',
    detail: `${setters} must not set securityContext.seccompProfile.type to ${what}`,
  };
};

const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SYSCTLS_27 = [...SYSCTLS, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [
  ...SYSCTLS_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];

const sysctlsBut =
  (allowed: readonly string[]): Check =>
  ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
    const bad = names.filter(name => !allowed.includes(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };

export const sysctls = sysctlsBut(SYSCTLS);
export const sysctlsSince27 = sysctlsBut(SYSCTLS_27);
export const sysctlsSince29 = sysctlsBut(SYSCTLS_29);
export const sysctlsSince32 = sysctlsBut([...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']);

export const windowsHostProcess: Check = subject => {
  const setters = settersWhich(subject, c => c.windowsOptions?.hostProcess);
  if (setters === '') return undefined;
  const detail = `${setters} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: 'hostProcess', detail };
};
