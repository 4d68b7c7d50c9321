/** Which requests a policy or a binding is about (apiserver: plugin/policy/matching). */
import { labelSelectorMatches } from '../../../api/selectors/label-selector.ts';
import type { MatchResources, NamedRuleWithOperations } from '../../../generated/admissionregistration-v1.ts';
import type { AdmissionRequest } from '../chain.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/** Policies do not guard what they are made of, nor questions about access. */
const EXCLUDED: Readonly<Record<string, RegExp>> = {
  'admissionregistration.k8s.io': /^(validating|mutating)admissionpolic(ies|ybindings)$/,
  'authentication.k8s.io': /reviews$/,
  'authorization.k8s.io': /reviews$/,
};

export function isExcluded({ resource: { named } }: AdmissionRequest): boolean {
  return EXCLUDED[named.group]?.test(named.resource) ?? false;
}

/** `namespaceLabels`: of the request's namespace. No constraints match everything. */
export function matches(
  constraints: MatchResources | undefined,
  request: AdmissionRequest,
  namespaceLabels: Labels,
): boolean {
  if (!constraints) return true;
  const { namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = constraints;
  const own = (rules: readonly NamedRuleWithOperations[] | undefined) =>
    (rules ?? []).some(rule => ruleMatches(rule, request));
  return (
    selectsNamespace(namespaceSelector, request, namespaceLabels) &&
    selectsObject(objectSelector, request) &&
    !own(excludeResourceRules) &&
    (!resourceRules?.length || own(resourceRules))
  );
}

function selectsNamespace(
  selector: MatchResources['namespaceSelector'],
  request: AdmissionRequest,
  labels: Labels,
): boolean {
  if (!selector) return true;
  if (isNamespace(request)) {
    const { object, oldObject } = request;
    return labelSelectorMatches(selector, (object ?? oldObject)?.metadata.labels);
  }
  return request.namespace === '' || labelSelectorMatches(selector, labels);
}

const isNamespace = ({ resource: { named } }: AdmissionRequest) =>
  named.group === '' && named.resource === 'namespaces';

function selectsObject(
  selector: MatchResources['objectSelector'],
  { object, oldObject }: AdmissionRequest,
): boolean {
  if (!selector) return true;
  return [object, oldObject].some(o => o !== undefined && labelSelectorMatches(selector, o.metadata.labels));
}

const has = (list: readonly string[] | undefined, value: string) =>
  list?.some(item => item === '*' || item === value) ?? false;

function ruleMatches(rule: NamedRuleWithOperations, request: AdmissionRequest): boolean {
  const { resource, subresource, operation, name, object } = request;
  const { group, version, resource: plural } = resource.gvr;
  const scope = resource.definition.namespaced ? 'Namespaced' : 'Cluster';
  return (
    (!rule.scope || rule.scope === '*' || rule.scope === scope) &&
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    (rule.resources ?? []).some(pattern => {
      const [main = '', sub = ''] = pattern.split('/');
      return (main === '*' || main === plural) && (sub === '*' || sub === subresource);
    }) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name || (object?.metadata.name ?? '')))
  );
}
