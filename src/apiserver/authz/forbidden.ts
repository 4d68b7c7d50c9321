/** The 403 a user sees: upstream's wording, which kubectl prints as it is. */
import { forbidden, StatusError } from '../../api/status-error.ts';
import type { User } from '../authn/user.ts';
import type { AccessAttributes, Decision } from './authorizer.ts';

export function forbiddenError(user: User, a: AccessAttributes, decision: Decision): StatusError {
  const because = decision.reason ? `: ${decision.reason}` : '';
  const who = `User ${JSON.stringify(user.name)} cannot ${a.verb}`;
  if (!a.resourceRequest) {
    return new StatusError({
      reason: 'Forbidden',
      message: `forbidden: ${who} path ${JSON.stringify(a.path)}${because}`,
      details: {},
    });
  }
  const resource = a.subresource ? `${a.resource}/${a.subresource}` : a.resource;
  const where = a.namespace ? `in the namespace ${JSON.stringify(a.namespace)}` : 'at the cluster scope';
  const why = `${who} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(a.group)} ${where}${because}`;
  return forbidden({ group: a.group, resource: a.resource }, a.name, why);
}
