/** SelfSubjectRulesReview: what may I do here? Tried out on the authorizer, kind by kind. */

import type { KubeObject } from '../../api/object.ts';
import { badRequest } from '../../api/status-error.ts';
import type { SelfSubjectRulesReview } from '../../generated/authorization-v1.ts';
import type { ResourceExchange } from '../exchange.ts';

const PATHS = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];

export function selfSubjectRulesReview(exchange: ResourceExchange, object: KubeObject): KubeObject {
  const { core, caller } = exchange;
  const namespace = (object as SelfSubjectRulesReview & KubeObject).spec?.namespace ?? '';
  if (namespace === '') throw badRequest('no namespace on request');
  const allowed = (verb: string, resourceRequest: boolean, path: string, group: string, plural: string) =>
    core.authorizer.authorize(caller.user, {
      verb,
      resourceRequest,
      path,
      group,
      version: '*',
      namespace,
      resource: plural,
      subresource: '',
      name: '',
    }).allowed;
  const resourceRules = core.resources.all().flatMap(({ definition: { group, plural }, verbs }) => {
    const granted = verbs.filter(verb => allowed(verb, true, '', group, plural));
    return granted.length > 0 ? [{ verbs: granted, apiGroups: [group], resources: [plural] }] : [];
  });
  const nonResourceURLs = PATHS.filter(path => allowed('get', false, path, '', ''));
  const nonResourceRules = nonResourceURLs.length > 0 ? [{ verbs: ['get'], nonResourceURLs }] : [];
  const { kind, apiVersion } = object;
  const status = { resourceRules, nonResourceRules, incomplete: false };
  // The answer forgets the question, as upstream's does.
  return { kind, apiVersion, metadata: {}, spec: {}, status } as KubeObject;
}
