/**
 * Conditions of a CertificateSigningRequest: what has been decided stays decided, and only the
 * approval subresource decides (upstream's apis/certificates/validation and registry strategy).
 */
import { rfc3339 } from '../../base/clock.ts';
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import {
  at,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { goQuote } from '../go-quote.ts';
import { semanticEqual } from '../validation/checks.ts';

type Conditions = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>;

const PATH = 'status.conditions';
const DECISIONS = ['Approved', 'Denied'];
/** These are facts once they are said: there is no "not approved". */
const ONLY_TRUE = [...DECISIONS, 'Failed'];
const STATUSES = ['False', 'True', 'Unknown'];

const conditionsOf = ({ status }: CertificateSigningRequest): Conditions => status?.conditions ?? [];
const ofType = (conditions: Conditions, type: string) => conditions.filter(c => c.type === type);

/** Says when each condition came to be, where the client did not. Changes `next`. */
export function stampConditions(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  nowMs: number,
): void {
  const now = rfc3339(nowMs);
  for (const condition of conditionsOf(next)) {
    const before = conditionsOf(old).find(
      c => c.type === condition.type && c.status === condition.status && c.lastTransitionTime,
    );
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now;
  }
}

/** A status update leaves decisions as they are; one that adds or removes some is refused later. */
export function keepDecisions(next: CertificateSigningRequest, old: CertificateSigningRequest): void {
  for (const type of DECISIONS) {
    const wanted = ofType(conditionsOf(next), type);
    const present = ofType(conditionsOf(old), type);
    if (wanted.length !== present.length) continue;
    wanted.forEach((condition, i) => void Object.assign(condition, present[i]));
  }
}

/** @param decides through the approval subresource, which alone may add Approved and Denied */
export function validateConditions(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  decides: boolean,
): FieldError[] {
  const conditions = conditionsOf(next);
  const before = conditionsOf(old);
  const errors = conditions.flatMap((condition, i) => {
    const statuses = ONLY_TRUE.includes(condition.type) ? ['True'] : STATUSES;
    const path = at(PATH, i);
    return [
      ...(condition.type ? [] : [required(`${path}.type`)]),
      ...(condition.status
        ? statuses.includes(condition.status)
          ? []
          : [notSupported(`${path}.status`, condition.status, statuses)]
        : [required(`${path}.status`)]),
      ...(conditions.findIndex(c => c.type === condition.type) < i
        ? [duplicate(`${path}.type`, condition.type)]
        : []),
    ];
  });
  const both = (list: Conditions) => DECISIONS.every(type => ofType(list, type).length > 0);
  if (both(conditions) && !both(before)) {
    const why = 'Approved and Denied conditions are mutually exclusive';
    errors.push(invalidValue(PATH, 'Denied', why));
  }
  const refuse = (what: string, type: string) =>
    errors.push(forbiddenField(PATH, `updates may not ${what} a condition of type ${goQuote(type)}`));
  for (const type of ONLY_TRUE)
    if (ofType(conditions, type).length < ofType(before, type).length) refuse('remove', type);
  if (decides) return errors;
  for (const type of DECISIONS) {
    const [wanted, present] = [ofType(conditions, type), ofType(before, type)];
    if (wanted.length < present.length || semanticEqual(wanted, present)) continue;
    refuse(wanted.length > present.length ? 'add' : 'modify', type);
  }
  return errors;
}
