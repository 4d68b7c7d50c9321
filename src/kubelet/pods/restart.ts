/** Whether a container that has ended is started again: restart policies (KEP-5307 rules too). */
import type { Container } from '../../generated/core-v1.ts';
import { type ContainerType, isSidecar, type NodePod } from './pod.ts';

/** Whether one whose probe gave it up is started again: rules are for exit codes, so none counts here. */
export function restartsAfterProbe(pod: NodePod, container: Container): boolean {
  return (container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always') !== 'Never';
}

/** Whether a container that has ended runs again: by its own rules, its own policy, or the pod's. */
export function shouldRestart(
  pod: NodePod,
  container: Container,
  type: ContainerType,
  exitCode: number,
): boolean {
  if (type === 'ephemeral') return false;
  if (type === 'init' && isSidecar(container)) return true;
  for (const rule of container.restartPolicyRules ?? []) {
    const { operator, values = [] } = rule.exitCodes ?? { operator: '', values: [] };
    const isIn = values.includes(exitCode);
    if (operator === 'In' ? isIn : operator === 'NotIn' && !isIn) return rule.action === 'Restart';
  }
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  // An init container that has succeeded is done whatever the policy says.
  if (type === 'init') return exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
