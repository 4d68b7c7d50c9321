/** What the checks of the Pod Security Standards look at, and how they say what they found. */
import type {
  Container,
  EphemeralContainer,
  PodSecurityContext,
  PodSpec,
  SecurityContext,
} from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';

type AnyContainer = Container | EphemeralContainer;
type AnyContext = PodSecurityContext | SecurityContext;

export interface Subject {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** Init containers first, ephemeral ones last: the order in which they are named. */
  readonly containers: readonly AnyContainer[];
}

export function subjectOf({ metadata = {}, spec }: { metadata?: ObjectMeta; spec: PodSpec }): Subject {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  return { metadata, spec, containers: [...initContainers, ...containers, ...ephemeralContainers] };
}

export interface Violation {
  /** In a few words; the same for all pods that break this rule. */
  readonly reason: string;
  /** Who breaks it and how. */
  readonly detail: string;
}

export type Check = (subject: Subject) => Violation | undefined;

export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);

export const quoted = (values: readonly string[]): string => values.map(value => `"${value}"`).join(', ');

export const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();

export const theContainers = (names: readonly string[]): string =>
  `${plural('container', 'containers', names.length)} ${quoted(names)}`;

export function containersWhich(
  { containers }: Subject,
  bad: (container: AnyContainer) => boolean | undefined,
): string[] {
  return containers.filter(container => bad(container)).map(({ name }) => name);
}

/** Those whose security context is bad: the pod, containers or both. '' when nobody's is. */
export function settersWhich(
  subject: Subject,
  bad: (context: AnyContext) => boolean | undefined,
  more: readonly string[] = [],
): string {
  const { securityContext } = subject.spec;
  const names = containersWhich(subject, c => c.securityContext && bad(c.securityContext));
  const setters = [
    ...(securityContext && bad(securityContext) ? ['pod'] : []),
    ...(names.length > 0 ? [theContainers(names)] : []),
    ...more,
  ];
  return setters.join(' and ');
}

export const contextsOf = ({ spec, containers }: Subject): AnyContext[] =>
  [spec.securityContext, ...containers.map(c => c.securityContext)].filter(context => context !== undefined);

/** What a profile of seccomp or AppArmor may be where not everything is allowed. */
export const isConfining = (type: string | undefined): boolean =>
  type === 'RuntimeDefault' || type === 'Localhost';

/** Root in a user namespace of the pod's own (KEP-127) is nobody outside of it. */
export const inUserNamespace = ({ spec }: Subject): boolean => spec.hostUsers === false;

export const ofWindows = ({ spec }: Subject): boolean => spec.os?.name === 'windows';
