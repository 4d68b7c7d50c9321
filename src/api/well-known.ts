/**
 * Names that several components give and look for, each written once (kubernetes.io: "Well-Known
 * Labels, Annotations and Taints"). A name that only one component knows stands in that component.
 */

/** On an EndpointSlice: the Service it is of. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
/** On an EndpointSlice: who writes it. */
export const SLICE_MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';

/** On a Node. */
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';
/** On a Node. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** On a Pod that shows what something else than a kubelet's API pods runs. */
export const MIRROR_POD_ANNOTATION = 'kubernetes.io/config.mirror';
/** The configuration that `kubectl apply` was last given. */
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** Of a Node whose condition Ready is False. */
export const NOT_READY_TAINT = 'node.kubernetes.io/not-ready';
/** Of a Node whose condition Ready is Unknown. */
export const UNREACHABLE_TAINT = 'node.kubernetes.io/unreachable';
/** Of a Node with spec.unschedulable. */
export const UNSCHEDULABLE_TAINT = 'node.kubernetes.io/unschedulable';
