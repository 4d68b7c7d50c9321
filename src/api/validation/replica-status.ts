/** The status of ReplicaSets and ReplicationControllers. */
import { type FieldError, invalidValue } from '../field-error.ts';
import { validateCounts } from './workload.ts';

export interface ReplicaStatus {
  readonly replicas: number;
  readonly fullyLabeledReplicas?: number | undefined;
  readonly readyReplicas?: number | undefined;
  readonly availableReplicas?: number | undefined;
  readonly terminatingReplicas?: number | undefined;
  readonly observedGeneration?: number | undefined;
}

export function validateReplicaStatus(status: ReplicaStatus = { replicas: 0 }): FieldError[] {
  const { availableReplicas: available = 0, readyReplicas: ready = 0 } = status;
  return [
    ...validateCounts(
      status,
      [
        'replicas',
        'fullyLabeledReplicas',
        'readyReplicas',
        'availableReplicas',
        'observedGeneration',
        'terminatingReplicas',
      ],
      ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    ),
    ...(available > ready
      ? [invalidValue('status.availableReplicas', available, 'cannot be greater than readyReplicas')]
      : []),
  ];
}
