/**
 * The fields of upstream's internal types of pod specs, in their order. Some messages print such a
 * struct, and the refusal of a pod update shows a diff of two of them, so names and order are
 * facts that clients see.
 *
 * Notation: `Name` a string, `Name#` a number, `Name!` a boolean, `Name?` a pointer to any of these,
 * `Name[]` a list and `Name{}` a map of such, `Name:T` a struct, `Name*T` a pointer to one, `Name[T]`
 * a list of structs, `Name~` a metav1 type printed as on the wire, null when absent, `^name` the
 * fields of a metav1 struct in place, and `@T` those of another type here. `=name` behind any of them
 * is the name on the wire where it does not follow from the Go name.
 */
export const INTERNAL_TYPES: Readonly<Record<string, string>> = {
  PodSpec: `Volumes[Volume] InitContainers[Container] Containers[Container]
    EphemeralContainers[EphemeralContainer] RestartPolicy TerminationGracePeriodSeconds?
    ActiveDeadlineSeconds? DNSPolicy NodeSelector{} ServiceAccountName AutomountServiceAccountToken?
    NodeName SecurityContext*PodSecurityContext ImagePullSecrets[LocalObjectReference] Hostname Subdomain
    SetHostnameAsFQDN? Affinity*Affinity SchedulerName Tolerations[Toleration] HostAliases[HostAlias]
    PriorityClassName Priority? PreemptionPolicy? DNSConfig*PodDNSConfig
    ReadinessGates[PodReadinessGate] RuntimeClassName? Overhead{} EnableServiceLinks?
    TopologySpreadConstraints[TopologySpreadConstraint] OS*PodOS SchedulingGates[PodSchedulingGate]
    ResourceClaims[PodResourceClaim] Resources*ResourceRequirements HostnameOverride?
    SchedulingGroup*PodSchedulingGroup`,
  Container: `Name Image Command[] Args[] WorkingDir Ports[ContainerPort] EnvFrom[EnvFromSource] Env[EnvVar]
    Resources:ResourceRequirements ResizePolicy[ContainerResizePolicy] RestartPolicy?
    RestartPolicyRules[ContainerRestartRule] VolumeMounts[VolumeMount] VolumeDevices[VolumeDevice]
    LivenessProbe*Probe ReadinessProbe*Probe StartupProbe*Probe Lifecycle*Lifecycle
    TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext*SecurityContext
    Stdin! StdinOnce! TTY!`,
  EphemeralContainer: `@Container TargetContainerName`,
  ContainerPort: 'Name HostPort# ContainerPort# Protocol HostIP',
  EnvFromSource: 'Prefix ConfigMapRef*OptionalName SecretRef*OptionalName',
  OptionalName: 'Name Optional?',
  EnvVar: 'Name Value ValueFrom*EnvVarSource',
  EnvVarSource: `FieldRef*ObjectFieldSelector ResourceFieldRef*ResourceFieldSelector
    ConfigMapKeyRef*KeySelector SecretKeyRef*KeySelector FileKeyRef*FileKeySelector`,
  ObjectFieldSelector: 'APIVersion FieldPath',
  ResourceFieldSelector: 'ContainerName Resource Divisor',
  KeySelector: 'Name Key Optional?',
  FileKeySelector: 'VolumeName Path Key Optional?',
  ResourceRequirements: 'Limits{} Requests{} Claims[ResourceClaim]',
  ResourceClaim: 'Name Request',
  ContainerResizePolicy: 'ResourceName RestartPolicy',
  ContainerRestartRule: 'Action ExitCodes*ContainerRestartRuleOnExitCodes',
  ContainerRestartRuleOnExitCodes: 'Operator Values[]',
  VolumeMount: 'Name ReadOnly! RecursiveReadOnly? MountPath SubPath MountPropagation? SubPathExpr',
  VolumeDevice: 'Name DevicePath',
  Probe: `Exec*ExecAction HTTPGet*HTTPGetAction TCPSocket*TCPSocketAction GRPC*GRPCAction
    InitialDelaySeconds# TimeoutSeconds# PeriodSeconds# SuccessThreshold# FailureThreshold#
    TerminationGracePeriodSeconds?`,
  ExecAction: 'Command[]',
  HTTPGetAction: 'Path Port# Host Scheme HTTPHeaders[HTTPHeader]',
  HTTPHeader: 'Name Value',
  TCPSocketAction: 'Port# Host',
  GRPCAction: 'Port# Service?',
  SleepAction: 'Seconds#',
  Lifecycle: 'PostStart*LifecycleHandler PreStop*LifecycleHandler StopSignal?',
  LifecycleHandler: 'Exec*ExecAction HTTPGet*HTTPGetAction TCPSocket*TCPSocketAction Sleep*SleepAction',
  SecurityContext: `Capabilities*Capabilities Privileged? SELinuxOptions*SELinuxOptions
    WindowsOptions*WindowsSecurityContextOptions RunAsUser? RunAsGroup? RunAsNonRoot?
    ReadOnlyRootFilesystem? AllowPrivilegeEscalation? ProcMount? SeccompProfile*SeccompProfile
    AppArmorProfile*AppArmorProfile`,
  PodSecurityContext: `HostNetwork! HostPID! HostIPC! ShareProcessNamespace? HostUsers?
    SELinuxOptions*SELinuxOptions WindowsOptions*WindowsSecurityContextOptions RunAsUser? RunAsGroup?
    RunAsNonRoot? SupplementalGroups[] SupplementalGroupsPolicy? FSGroup? FSGroupChangePolicy?
    Sysctls[Sysctl] SeccompProfile*SeccompProfile AppArmorProfile*AppArmorProfile SELinuxChangePolicy?`,
  Capabilities: 'Add[] Drop[]',
  SELinuxOptions: 'User Role Type Level',
  WindowsSecurityContextOptions: 'GMSACredentialSpecName? GMSACredentialSpec? RunAsUserName? HostProcess?',
  SeccompProfile: 'Type LocalhostProfile?',
  AppArmorProfile: 'Type LocalhostProfile?',
  Sysctl: 'Name Value',
  LocalObjectReference: 'Name',
  Affinity: 'NodeAffinity*NodeAffinity PodAffinity*PodAffinity PodAntiAffinity*PodAffinity',
  NodeAffinity: `RequiredDuringSchedulingIgnoredDuringExecution*NodeSelector
    PreferredDuringSchedulingIgnoredDuringExecution[PreferredSchedulingTerm]`,
  NodeSelector: 'NodeSelectorTerms[NodeSelectorTerm]',
  NodeSelectorTerm: 'MatchExpressions[NodeSelectorRequirement] MatchFields[NodeSelectorRequirement]',
  NodeSelectorRequirement: 'Key Operator Values[]',
  PreferredSchedulingTerm: 'Weight# Preference:NodeSelectorTerm',
  PodAffinity: `RequiredDuringSchedulingIgnoredDuringExecution[PodAffinityTerm]
    PreferredDuringSchedulingIgnoredDuringExecution[WeightedPodAffinityTerm]`,
  PodAffinityTerm: `LabelSelector~ Namespaces[] TopologyKey NamespaceSelector~ MatchLabelKeys[]
    MismatchLabelKeys[]`,
  WeightedPodAffinityTerm: 'Weight# PodAffinityTerm:PodAffinityTerm',
  Toleration: 'Key Operator Value Effect TolerationSeconds?',
  HostAlias: 'IP Hostnames[]',
  PodDNSConfig: 'Nameservers[] Searches[] Options[PodDNSConfigOption]',
  PodDNSConfigOption: 'Name Value?',
  PodReadinessGate: 'ConditionType',
  TopologySpreadConstraint: `MaxSkew# TopologyKey WhenUnsatisfiable LabelSelector~ MinDomains?
    NodeAffinityPolicy? NodeTaintsPolicy? MatchLabelKeys[]`,
  PodOS: 'Name',
  PodSchedulingGate: 'Name',
  PodSchedulingGroup: 'PodGroupName?',
  PodResourceClaim: 'Name ResourceClaimName? ResourceClaimTemplateName?',
  Volume: `Name HostPath*HostPathVolumeSource EmptyDir*EmptyDirVolumeSource
    GCEPersistentDisk*GCEPersistentDiskVolumeSource AWSElasticBlockStore*AWSElasticBlockStoreVolumeSource
    GitRepo*GitRepoVolumeSource Secret*SecretVolumeSource NFS*NFSVolumeSource ISCSI*ISCSIVolumeSource
    Glusterfs*GlusterfsVolumeSource PersistentVolumeClaim*PersistentVolumeClaimVolumeSource
    RBD*RBDVolumeSource Quobyte*QuobyteVolumeSource FlexVolume*FlexVolumeSource Cinder*CinderVolumeSource
    CephFS*CephFSVolumeSource Flocker*FlockerVolumeSource DownwardAPI*DownwardAPIVolumeSource
    FC*FCVolumeSource AzureFile*AzureFileVolumeSource ConfigMap*ConfigMapVolumeSource
    VsphereVolume*VsphereVirtualDiskVolumeSource AzureDisk*AzureDiskVolumeSource
    PhotonPersistentDisk*PhotonPersistentDiskVolumeSource Projected*ProjectedVolumeSource
    PortworxVolume*PortworxVolumeSource ScaleIO*ScaleIOVolumeSource StorageOS*StorageOSVolumeSource
    CSI*CSIVolumeSource Ephemeral*EphemeralVolumeSource Image*ImageVolumeSource`,
  HostPathVolumeSource: 'Path Type?',
  EmptyDirVolumeSource: 'Medium SizeLimit?',
  GCEPersistentDiskVolumeSource: 'PDName FSType Partition# ReadOnly!',
  AWSElasticBlockStoreVolumeSource: 'VolumeID FSType Partition# ReadOnly!',
  GitRepoVolumeSource: 'Repository Revision Directory',
  SecretVolumeSource: 'SecretName Items[KeyToPath] DefaultMode? Optional?',
  ConfigMapVolumeSource: 'Name Items[KeyToPath] DefaultMode? Optional?',
  KeyToPath: 'Key Path Mode?',
  NFSVolumeSource: 'Server Path ReadOnly!',
  PersistentVolumeClaimVolumeSource: 'ClaimName ReadOnly!',
  DownwardAPIVolumeSource: 'Items[DownwardAPIVolumeFile] DefaultMode?',
  DownwardAPIVolumeFile: `Path FieldRef*ObjectFieldSelector ResourceFieldRef*ResourceFieldSelector Mode?`,
  ProjectedVolumeSource: 'Sources[VolumeProjection] DefaultMode?',
  VolumeProjection: `Secret*ProjectedKeys DownwardAPI*DownwardAPIProjection ConfigMap*ProjectedKeys
    ServiceAccountToken*ServiceAccountTokenProjection ClusterTrustBundle~ PodCertificate~`,
  ProjectedKeys: 'Name Items[KeyToPath] Optional?',
  DownwardAPIProjection: 'Items[DownwardAPIVolumeFile]',
  ServiceAccountTokenProjection: 'Audience ExpirationSeconds# Path',
  CSIVolumeSource: `Driver ReadOnly? FSType? VolumeAttributes{} NodePublishSecretRef*LocalObjectReference`,
  ImageVolumeSource: 'Reference PullPolicy',
  ISCSIVolumeSource: `TargetPortal IQN Lun# ISCSIInterface FSType ReadOnly! Portals[]
    DiscoveryCHAPAuth!=chapAuthDiscovery SessionCHAPAuth!=chapAuthSession SecretRef*LocalObjectReference
    InitiatorName?`,
  GlusterfsVolumeSource: 'EndpointsName=endpoints Path ReadOnly!',
  RBDVolumeSource: `CephMonitors[]=monitors RBDImage=image FSType RBDPool=pool RadosUser=user Keyring
    SecretRef*LocalObjectReference ReadOnly!`,
  QuobyteVolumeSource: 'Registry Volume ReadOnly! User Group Tenant',
  FlexVolumeSource: 'Driver FSType SecretRef*LocalObjectReference ReadOnly! Options{}',
  CinderVolumeSource: 'VolumeID FSType ReadOnly! SecretRef*LocalObjectReference',
  CephFSVolumeSource: 'Monitors[] Path User SecretFile SecretRef*LocalObjectReference ReadOnly!',
  FlockerVolumeSource: 'DatasetName DatasetUUID',
  FCVolumeSource: 'TargetWWNs[] Lun? FSType ReadOnly! WWIDs[]=wwids',
  AzureFileVolumeSource: 'SecretName ShareName ReadOnly!',
  VsphereVirtualDiskVolumeSource: 'VolumePath FSType StoragePolicyName StoragePolicyID',
  AzureDiskVolumeSource: 'DiskName DataDiskURI=diskURI CachingMode? FSType? ReadOnly? Kind?',
  PhotonPersistentDiskVolumeSource: 'PdID FSType',
  PortworxVolumeSource: 'VolumeID FSType ReadOnly!',
  ScaleIOVolumeSource: `Gateway System SecretRef*LocalObjectReference SSLEnabled! ProtectionDomain
    StoragePool StorageMode VolumeName FSType ReadOnly!`,
  StorageOSVolumeSource: `VolumeName VolumeNamespace FSType ReadOnly! SecretRef*LocalObjectReference`,
  PersistentVolumeSource: `GCEPersistentDisk*GCEPersistentDiskVolumeSource
    AWSElasticBlockStore*AWSElasticBlockStoreVolumeSource HostPath*HostPathVolumeSource
    Glusterfs*GlusterfsPersistentVolumeSource NFS*NFSVolumeSource RBD*RBDPersistentVolumeSource
    Quobyte*QuobyteVolumeSource ISCSI*ISCSIPersistentVolumeSource FlexVolume*FlexPersistentVolumeSource
    Cinder*CinderPersistentVolumeSource CephFS*CephFSPersistentVolumeSource FC*FCVolumeSource
    Flocker*FlockerVolumeSource AzureFile*AzureFilePersistentVolumeSource
    VsphereVolume*VsphereVirtualDiskVolumeSource AzureDisk*AzureDiskVolumeSource
    PhotonPersistentDisk*PhotonPersistentDiskVolumeSource PortworxVolume*PortworxVolumeSource
    ScaleIO*ScaleIOPersistentVolumeSource Local*LocalVolumeSource StorageOS*StorageOSPersistentVolumeSource
    CSI*CSIPersistentVolumeSource`,
  SecretReference: 'Name Namespace',
  ObjectReference: 'Kind Namespace Name UID APIVersion ResourceVersion FieldPath',
  GlusterfsPersistentVolumeSource: 'EndpointsName=endpoints Path ReadOnly! EndpointsNamespace?',
  RBDPersistentVolumeSource: `CephMonitors[]=monitors RBDImage=image FSType RBDPool=pool RadosUser=user
    Keyring SecretRef*SecretReference ReadOnly!`,
  ISCSIPersistentVolumeSource: `TargetPortal IQN Lun# ISCSIInterface FSType ReadOnly! Portals[]
    DiscoveryCHAPAuth!=chapAuthDiscovery SessionCHAPAuth!=chapAuthSession SecretRef*SecretReference
    InitiatorName?`,
  FlexPersistentVolumeSource: 'Driver FSType SecretRef*SecretReference ReadOnly! Options{}',
  CinderPersistentVolumeSource: 'VolumeID FSType ReadOnly! SecretRef*SecretReference',
  CephFSPersistentVolumeSource: 'Monitors[] Path User SecretFile SecretRef*SecretReference ReadOnly!',
  AzureFilePersistentVolumeSource: 'SecretName ShareName ReadOnly! SecretNamespace?',
  ScaleIOPersistentVolumeSource: `Gateway System SecretRef*SecretReference SSLEnabled! ProtectionDomain
    StoragePool StorageMode VolumeName FSType ReadOnly!`,
  LocalVolumeSource: 'Path FSType?',
  StorageOSPersistentVolumeSource: `VolumeName VolumeNamespace FSType ReadOnly! SecretRef*ObjectReference`,
  CSIPersistentVolumeSource: `Driver VolumeHandle ReadOnly! FSType VolumeAttributes{}
    ControllerPublishSecretRef*SecretReference NodeStageSecretRef*SecretReference
    NodePublishSecretRef*SecretReference ControllerExpandSecretRef*SecretReference
    NodeExpandSecretRef*SecretReference`,
  VolumeNodeAffinity: 'Required*NodeSelector',
  CSINodeDriver: 'Name NodeID TopologyKeys[] Allocatable*VolumeNodeResources',
  VolumeNodeResources: 'Count?',
  EphemeralVolumeSource: 'VolumeClaimTemplate*PersistentVolumeClaimTemplate',
  PersistentVolumeClaimTemplate: '^metadata Spec:PersistentVolumeClaimSpec',
  PersistentVolumeClaimSpec: `AccessModes[] Selector~ Resources:VolumeResourceRequirements VolumeName
    StorageClassName? VolumeMode? DataSource*TypedLocalObjectReference DataSourceRef*TypedObjectReference
    VolumeAttributesClassName?`,
  VolumeResourceRequirements: 'Limits{} Requests{}',
  TypedLocalObjectReference: 'APIGroup? Kind Name',
  TypedObjectReference: 'APIGroup? Kind Name Namespace?',
  FlowSchemaSpec: `PriorityLevelConfiguration:PriorityLevelReference MatchingPrecedence#
    DistinguisherMethod*FlowDistinguisherMethod Rules[PolicyRulesWithSubjects]`,
  PriorityLevelReference: 'Name',
  FlowDistinguisherMethod: 'Type',
  PolicyRulesWithSubjects: `Subjects[FlowSubject] ResourceRules[FlowResourceRule]
    NonResourceRules[FlowNonResourceRule]`,
  FlowSubject: `Kind User*NamedSubject Group*NamedSubject ServiceAccount*ServiceAccountSubject`,
  NamedSubject: 'Name',
  ServiceAccountSubject: 'Namespace Name',
  FlowResourceRule: 'Verbs[] APIGroups[] Resources[] ClusterScope! Namespaces[]',
  FlowNonResourceRule: 'Verbs[] NonResourceURLs[]=nonResourceURLs',
  PriorityLevelConfigurationSpec: 'Type Limited*LimitedPriorityLevel Exempt*ExemptPriorityLevel',
  LimitedPriorityLevel: `NominalConcurrencyShares# LimitResponse:LimitResponse LendablePercent?
    BorrowingLimitPercent?`,
  LimitResponse: 'Type Queuing*QueuingConfiguration',
  QueuingConfiguration: 'Queues# HandSize# QueueLengthLimit#',
  ExemptPriorityLevel: 'NominalConcurrencyShares? LendablePercent?',
  ResourceClaimSpec: 'Devices:DeviceClaim',
  ResourceClaimTemplateSpec: '^metadata Spec:ResourceClaimSpec',
  DeviceClaim: 'Requests[DeviceRequest] Constraints[DeviceConstraint] Config[DeviceClaimConfiguration]',
  DeviceRequest: 'Name Exactly*ExactDeviceRequest FirstAvailable[DeviceSubRequest]',
  ExactDeviceRequest: `DeviceClassName Selectors[DeviceSelector] AllocationMode Count# AdminAccess?
    Tolerations[DeviceToleration] Capacity*CapacityRequirements`,
  DeviceSubRequest: `Name DeviceClassName Selectors[DeviceSelector] AllocationMode Count#
    Tolerations[DeviceToleration] Capacity*CapacityRequirements`,
  DeviceSelector: 'CEL*CELDeviceSelector',
  CELDeviceSelector: 'Expression',
  DeviceToleration: 'Key Operator Value Effect TolerationSeconds?',
  CapacityRequirements: 'Requests{}',
  DeviceConstraint: 'Requests[] MatchAttribute? DistinctAttribute?',
  DeviceClaimConfiguration: 'Requests[] Opaque*OpaqueDeviceConfiguration',
  OpaqueDeviceConfiguration: 'Driver Parameters~',
  DeviceAttribute: `IntValue?=int BoolValue?=bool StringValue?=string VersionValue?=version IntValues[]=ints
    BoolValues[]=bools StringValues[]=strings VersionValues[]=versions`,
  AllocationResult: 'Devices:DeviceAllocationResult NodeSelector*NodeSelector AllocationTimestamp?',
  DeviceAllocationResult: 'Results[DeviceRequestAllocationResult] Config[DeviceAllocationConfiguration]',
  DeviceRequestAllocationResult: `Request Driver Pool Device AdminAccess? Tolerations[DeviceToleration]
    BindingConditions[] BindingFailureConditions[] ShareID? ConsumedCapacity{}`,
  DeviceAllocationConfiguration: 'Source Requests[] Opaque*OpaqueDeviceConfiguration',
};
