/** Groups of the Kubernetes project: their resources need the approval of its API reviewers (KEP-1111). */
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { type FieldError, invalidValue, required } from '../field-error.ts';

const ANNOTATION = 'api-approved.kubernetes.io';
const PAGE = 'see https://github.com/kubernetes/enhancements/pull/1111';

type State = 'approved' | 'bypassed' | 'missing' | 'invalid';

export const isProtectedGroup = (group: string): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group);

/** What the annotation says, and the message of the condition that tells of it. */
export function approvalOf({ metadata }: CustomResourceDefinition): { state: State; message: string } {
  const text = metadata.annotations?.[ANNOTATION] ?? '';
  const need = `protected groups must have approval annotation "${ANNOTATION}"`;
  if (text === '') return { state: 'missing', message: `${need}, ${PAGE}` };
  if (text.startsWith('unapproved'))
    return { state: 'bypassed', message: `not approved: ${JSON.stringify(text)}` };
  if (URL.canParse(text) && new URL(text).host !== '')
    return { state: 'approved', message: `approved in ${text}` };
  return {
    state: 'invalid',
    message: `${need} with either a URL or a reason starting with "unapproved", ${PAGE}`,
  };
}

/** What was let in once is not judged anew until the annotation changes. */
export function validateApproval(
  next: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): FieldError[] {
  if (!isProtectedGroup(next.spec.group ?? '')) return [];
  const { state, message } = approvalOf(next);
  if (old && approvalOf(old).state === state) return [];
  const path = `metadata.annotations[${ANNOTATION}]`;
  if (state === 'missing') return [required(path, message)];
  return state === 'invalid' ? [invalidValue(path, next.metadata.annotations?.[ANNOTATION], message)] : [];
}
