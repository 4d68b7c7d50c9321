/**
 * Facts of upstream's Go types that OpenAPI does not carry, and that show on the wire: which
 * numbers, booleans and times are no pointers (their zero value is left out, or written as null),
 * which slices lack `omitempty`, which structs are embedded, and the names of string types, which
 * type errors print. Keys are `Type.field`; `*.field` stands for every type.
 */

/** Optional numbers and booleans that are values with omitempty: a zero is left out. All others are pointers. */
const VALUES = `
  *.minReadySeconds *.observedGeneration
  DeploymentSpec.paused
  DeploymentStatus.availableReplicas DeploymentStatus.readyReplicas DeploymentStatus.replicas
  DeploymentStatus.unavailableReplicas DeploymentStatus.updatedReplicas
  DaemonSetStatus.numberAvailable DaemonSetStatus.numberUnavailable DaemonSetStatus.updatedNumberScheduled
  ReplicaSetStatus.availableReplicas ReplicaSetStatus.fullyLabeledReplicas ReplicaSetStatus.readyReplicas
  StatefulSetStatus.currentReplicas StatefulSetStatus.readyReplicas StatefulSetStatus.updatedReplicas
  ReplicationControllerStatus.availableReplicas ReplicationControllerStatus.fullyLabeledReplicas
  ReplicationControllerStatus.readyReplicas
  HorizontalPodAutoscalerStatus.currentReplicas ScaleSpec.replicas
  JobStatus.active JobStatus.failed JobStatus.succeeded
  TokenReviewStatus.authenticated SubjectAccessReviewStatus.denied
  AWSElasticBlockStoreVolumeSource.partition GCEPersistentDiskVolumeSource.partition
  ContainerImage.sizeBytes ContainerPort.hostPort ContainerStateTerminated.signal
  Event.count EventSeries.count Event.deprecatedCount
  Probe.failureThreshold Probe.initialDelaySeconds Probe.periodSeconds Probe.successThreshold
  Probe.timeoutSeconds
  ServicePort.nodePort ServiceSpec.healthCheckNodePort ServiceSpec.publishNotReadyAddresses
  ServiceBackendPort.number DeviceSubRequest.count ExactDeviceRequest.count
  CustomResourceColumnDefinition.priority ObjectMeta.generation Status.code StatusDetails.retryAfterSeconds
  *.readOnly *.stdin *.stdinOnce *.tty *.chapAuthDiscovery *.chapAuthSession *.sslEnabled
  NodeSpec.unschedulable PodSpec.hostIPC PodSpec.hostNetwork PodSpec.hostPID
  ResourcePolicyRule.clusterScope PriorityClass.globalDefault
  CustomResourceDefinitionSpec.preserveUnknownFields CustomResourceDefinitionVersion.deprecated
  JSONSchemaProps.exclusiveMaximum JSONSchemaProps.exclusiveMinimum JSONSchemaProps.nullable
  JSONSchemaProps.uniqueItems JSONSchemaProps.x-kubernetes-embedded-resource
  JSONSchemaProps.x-kubernetes-int-or-string APIServiceSpec.insecureSkipTLSVerify
`;

/** Exceptions to the entries with a star above. */
const POINTERS = `
  AzureDiskVolumeSource.readOnly CSIVolumeSource.readOnly VolumeMountStatus.recursiveReadOnly
  HorizontalPodAutoscalerStatus.observedGeneration
`;

/** Optional strings that are pointers: an empty one that was given stays. */
const STRING_POINTERS = `
  PersistentVolumeClaimSpec.storageClassName PersistentVolumeClaimSpec.volumeAttributesClassName
  PersistentVolumeClaimSpec.volumeMode PersistentVolumeSpec.volumeMode
  PersistentVolumeSpec.volumeAttributesClassName PersistentVolumeClaimStatus.currentVolumeAttributesClassName
  HostPathVolumeSource.type GRPCAction.service PodDNSConfigOption.value
  ServicePort.appProtocol EndpointPort.appProtocol EndpointPort.name EndpointPort.protocol EndpointPort.port
  ServiceSpec.ipFamilyPolicy ServiceSpec.internalTrafficPolicy ServiceSpec.loadBalancerClass
  ServiceSpec.trafficDistribution IngressPortStatus.error
  IngressSpec.ingressClassName HTTPIngressPath.pathType IngressClassParametersReference.namespace
  IngressClassParametersReference.apiGroup IngressClassParametersReference.scope
  TypedLocalObjectReference.apiGroup TypedObjectReference.apiGroup TypedObjectReference.namespace
  PodSpec.runtimeClassName PodSpec.preemptionPolicy PodSpec.hostnameOverride PriorityClass.preemptionPolicy
  SeccompProfile.localhostProfile AppArmorProfile.localhostProfile SecurityContext.procMount
  WindowsSecurityContextOptions.gmsaCredentialSpec WindowsSecurityContextOptions.gmsaCredentialSpecName
  WindowsSecurityContextOptions.runAsUserName PodSecurityContext.fsGroupChangePolicy
  PodSecurityContext.supplementalGroupsPolicy PodSecurityContext.seLinuxChangePolicy
  CSIVolumeSource.fsType AzureDiskVolumeSource.cachingMode AzureDiskVolumeSource.fsType
  AzureDiskVolumeSource.kind AzureFilePersistentVolumeSource.secretNamespace
  ISCSIVolumeSource.initiatorName ISCSIPersistentVolumeSource.initiatorName
  GlusterfsPersistentVolumeSource.endpointsNamespace
  VolumeMount.mountPropagation VolumeMount.recursiveReadOnly
  Container.restartPolicy EphemeralContainer.restartPolicy Lifecycle.stopSignal
  ClusterTrustBundleProjection.name ClusterTrustBundleProjection.signerName
  PodResourceClaim.resourceClaimName PodResourceClaim.resourceClaimTemplateName
  PodResourceClaimStatus.resourceClaimName
  TopologySpreadConstraint.nodeAffinityPolicy TopologySpreadConstraint.nodeTaintsPolicy
  EndpointAddress.nodeName Endpoint.hostname Endpoint.nodeName Endpoint.zone
  ContainerStatus.stopSignal LoadBalancerIngress.ipMode PortStatus.error
  LeaseSpec.holderIdentity LeaseSpec.strategy LeaseSpec.preferredHolder
  CronJobSpec.timeZone JobSpec.completionMode JobSpec.managedBy JobSpec.podReplacementPolicy
  JobStatus.failedIndexes PodFailurePolicyOnExitCodesRequirement.containerName
  SuccessPolicyRule.succeededIndexes
  StorageClass.reclaimPolicy StorageClass.volumeBindingMode VolumeAttachmentSource.persistentVolumeName
  CSIDriverSpec.fsGroupPolicy CSIStorageCapacity.storageClassName
  ResourcePolicyRule.namespaces NetworkPolicyPort.protocol HPAScalingRules.selectPolicy
  WebhookClientConfig.url ServiceReference.path MutatingWebhook.failurePolicy MutatingWebhook.matchPolicy
  MutatingWebhook.reinvocationPolicy MutatingWebhook.sideEffects ValidatingWebhook.failurePolicy
  ValidatingWebhook.matchPolicy ValidatingWebhook.sideEffects RuleWithOperations.scope
  NamedRuleWithOperations.scope ValidatingAdmissionPolicySpec.failurePolicy Validation.reason
  MutatingAdmissionPolicySpec.failurePolicy MatchResources.matchPolicy ParamRef.parameterNotFoundAction
  PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy NodeConfigStatus.error
  Status.reason Preconditions.uid Preconditions.resourceVersion DeleteOptions.propagationPolicy
  PatchOptions.force ManagedFieldsEntry.none DeviceAttribute.string DeviceAttribute.version
  ResourceSliceSpec.nodeName BasicDevice.nodeName Device.nodeName ValidationRule.reason
  CustomResourceDefinitionVersion.deprecationWarning JSONSchemaProps.x-kubernetes-list-type
  DeviceClassSpec.extendedResourceName JSONSchemaProps.x-kubernetes-map-type CustomResourceSubresourceScale.labelSelectorPath
`;

/** Times that are pointers, or left out when zero. All others are written as null. */
const TIME_POINTERS = `
  ObjectMeta.creationTimestamp ObjectMeta.deletionTimestamp ManagedFieldsEntry.time *.timeAdded *.startTime
  *.completionTime *.acquireTime *.renewTime *.lastScheduleTime *.lastSuccessfulTime *.lastScaleTime
  *.lastPhaseTransitionTime *.allocationTimestamp PodCertificateProjection.time
`;

/** Quantities and IntOrStrings that are values: written as "0" or 0 when left out. All others are pointers. */
const NUMBER_STRUCT_VALUES = `
  ResourceFieldSelector.divisor Counter.value DeviceCapacity.value
  HTTPGetAction.port TCPSocketAction.port ServicePort.targetPort
`;

/** Optional fields without omitempty: their zero value is written. (Required ones are, too.) */
const WRITTEN = `
  ProjectedVolumeSource.sources HorizontalPodAutoscalerStatus.currentMetrics
  Event.reportingComponent Event.reportingInstance StatefulSetStatus.availableReplicas
  PodDisruptionBudgetStatus.currentHealthy PodDisruptionBudgetStatus.desiredHealthy
  PodDisruptionBudgetStatus.disruptionsAllowed PodDisruptionBudgetStatus.expectedPods
  RoleRef.apiGroup PriorityClass.value FlowSchemaSpec.matchingPrecedence QueuingConfiguration.handSize
  QueuingConfiguration.queueLengthLimit QueuingConfiguration.queues NodeRuntimeHandler.name
  StatefulSetOrdinals.start StatefulSetSpec.serviceName TokenRequestStatus.token
  PodFailurePolicyOnPodConditionsPattern.status EndpointSlice.ports DeviceClaim.requests EndpointSlice.endpoints Role.rules ClusterRole.rules
  CSINodeDriver.topologyKeys
`;

/** Required fields that have omitempty all the same. */
const OMITTED_THOUGH_REQUIRED = `
  MutatingWebhook.sideEffects ValidatingWebhook.sideEffects HTTPIngressPath.pathType
  ValidatingAdmissionPolicyBindingSpec.validationActions
`;

/** Structs that are values but left out when empty (omitzero) or pointers in spite of a default. */
const OMITTED_STRUCTS = ``;

/** Structs embedded in others, by the fields that they bring. Absent fields: all not named otherwise. */
const EMBEDDED: Readonly<
  Record<string, { readonly names: readonly string[]; readonly own: readonly string[] }>
> = {
  Volume: { names: ['VolumeSource'], own: ['name'] },
  PersistentVolumeSpec: {
    names: ['PersistentVolumeSource'],
    own: [
      'capacity',
      'accessModes',
      'claimRef',
      'persistentVolumeReclaimPolicy',
      'storageClassName',
      'mountOptions',
      'volumeMode',
      'nodeAffinity',
      'volumeAttributesClassName',
    ],
  },
  Probe: {
    names: ['ProbeHandler'],
    own: [
      'initialDelaySeconds',
      'timeoutSeconds',
      'periodSeconds',
      'successThreshold',
      'failureThreshold',
      'terminationGracePeriodSeconds',
    ],
  },
  IngressRule: { names: ['IngressRuleValue'], own: ['host'] },
  EphemeralContainer: { names: ['EphemeralContainerCommon'], own: ['targetContainerName'] },
  ConfigMapKeySelector: { names: ['LocalObjectReference'], own: ['key', 'optional'] },
  SecretKeySelector: { names: ['LocalObjectReference'], own: ['key', 'optional'] },
  ConfigMapEnvSource: { names: ['LocalObjectReference'], own: ['optional'] },
  SecretEnvSource: { names: ['LocalObjectReference'], own: ['optional'] },
  ConfigMapProjection: { names: ['LocalObjectReference'], own: ['items', 'optional'] },
  SecretProjection: { names: ['LocalObjectReference'], own: ['items', 'optional'] },
  ConfigMapVolumeSource: {
    names: ['LocalObjectReference'],
    own: ['items', 'defaultMode', 'optional'],
  },
  RuleWithOperations: { names: ['Rule'], own: ['operations'] },
  NamedRuleWithOperations: { names: ['RuleWithOperations', 'Rule'], own: ['resourceNames'] },
  DeviceClaimConfiguration: { names: ['DeviceConfiguration'], own: ['requests'] },
  DeviceClassConfiguration: { names: ['DeviceConfiguration'], own: [] },
  DeviceAllocationConfiguration: { names: ['DeviceConfiguration'], own: ['source', 'requests'] },
};

const words = (text: string) => new Set(text.split(/\s+/).filter(Boolean));
const values = words(VALUES);
const pointers = words(POINTERS);
const stringPointers = words(STRING_POINTERS);
const timePointers = words(TIME_POINTERS);
const numberStructValues = words(NUMBER_STRUCT_VALUES);
const written = words(WRITTEN);
const omittedThoughRequired = words(OMITTED_THOUGH_REQUIRED);
const omittedStructs = words(OMITTED_STRUCTS);

const has = (set: ReadonlySet<string>, type: string, field: string) =>
  set.has(`${type}.${field}`) || set.has(`*.${field}`);

/** Of an optional number or boolean. */
export const isPointerScalar = (type: string, field: string): boolean =>
  pointers.has(`${type}.${field}`) || !has(values, type, field);
export const isPointerString = (type: string, field: string): boolean =>
  stringPointers.has(`${type}.${field}`);
export const isPointerTime = (type: string, field: string): boolean => has(timePointers, type, field);
export const isPointerNumberStruct = (type: string, field: string): boolean =>
  !numberStructValues.has(`${type}.${field}`);
export const isWritten = (type: string, field: string): boolean => written.has(`${type}.${field}`);
export const isOmittedThoughRequired = (type: string, field: string): boolean =>
  omittedThoughRequired.has(`${type}.${field}`);
export const isOmittedStruct = (type: string, field: string): boolean =>
  omittedStructs.has(`${type}.${field}`);

/** The embedded structs through which Go reaches a field, outermost first. */
export function embeddedNames(type: string, field: string): readonly string[] {
  // Two levels: operations stand in the outer one.
  if (type === 'NamedRuleWithOperations' && field === 'operations') return ['RuleWithOperations'];
  const embedded = EMBEDDED[type];
  return embedded && !embedded.own.includes(field) ? embedded.names : [];
}
