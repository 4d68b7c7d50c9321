/**
 * ValidatingAdmissionPolicy (KEP-3488): what the bindings of policies refuse, warn of or only note. A policy
 * is in force with the next request.
 */

import type { Value } from '../../../api/cel/values.ts';
import type { KubeObject } from '../../../api/object.ts';
import { labelSelectorMatches } from '../../../api/selectors/label-selector.ts';
import { forbidden, StatusError, type StatusReason } from '../../../api/status-error.ts';
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../generated/admissionregistration-v1.ts';
import type { ServerCore } from '../../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from '../chain.ts';
import { isExcluded, matches } from './match.ts';
import { type Denial, PolicyProgram } from './program.ts';
import { dynamicValue, namespaceValue, requestValue } from './values.ts';

const GROUP = 'admissionregistration.k8s.io';
type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;

/** A policy or its parameters that cannot be had. */
class Misconfigured extends Error {}

export function validatingPolicies(core: () => ServerCore): AdmissionPlugin {
  const programs = new WeakMap<Policy, PolicyProgram>();
  const programOf = (policy: Policy) => {
    const program = programs.get(policy) ?? new PolicyProgram(policy);
    programs.set(policy, program);
    return program;
  };
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request) {
      const bindings = stored<Binding>(core(), 'validatingadmissionpolicybindings');
      if (bindings.length === 0 || isExcluded(request)) return;
      const view = new RequestView(core(), request);
      let refused: StatusError | undefined;
      for (const policy of stored<Policy>(core(), 'validatingadmissionpolicies')) {
        const own = bindings.filter(b => b.spec?.policyName === policy.metadata.name);
        // All are asked: warnings of others come with a refusal.
        const found = enforce(programOf(policy), policy, own, view);
        refused ??= found;
      }
      if (refused) throw refused;
    },
  };
}

function stored<T extends KubeObject>({ resources, cache }: ServerCore, plural: string): readonly T[] {
  const resource = resources.lookup(GROUP, 'v1', plural);
  return resource ? cache.list<T>(resource.prefix()).map(({ object }) => object) : [];
}

/** The request as policies see it; made when the first of them asks. */
class RequestView {
  private readonly core: ServerCore;
  readonly request: AdmissionRequest;
  readonly namespace: KubeObject | undefined;
  private made: Readonly<Record<string, Value>> | undefined;

  constructor(core: ServerCore, request: AdmissionRequest) {
    this.core = core;
    this.request = request;
    const key =
      request.namespace && core.resources.lookup('', 'v1', 'namespaces')?.key('', request.namespace);
    this.namespace = key ? core.cache.get(key)?.object : undefined;
  }

  get values(): Readonly<Record<string, Value>> {
    const { object, oldObject, resource } = this.request;
    const typed = (o: KubeObject | undefined) =>
      o ? dynamicValue({ apiVersion: resource.apiVersion, kind: resource.definition.kind, ...o }) : null;
    this.made ??= {
      object: typed(object),
      oldObject: typed(oldObject),
      request: requestValue(this.request),
      namespaceObject: namespaceValue(this.namespace),
    };
    return this.made;
  }

  matches(constraints: Parameters<typeof matches>[0]): boolean {
    return matches(constraints, this.request, this.namespace?.metadata.labels);
  }

  /** The objects that the binding names; undefined: the policy has no parameters. */
  params({ spec }: Policy, { spec: { paramRef } }: Binding): readonly KubeObject[] | undefined {
    const { paramKind } = spec;
    if (!paramKind || !paramRef) return undefined;
    const resource = this.core.resources.lookupKind(paramKind.apiVersion ?? '', paramKind.kind ?? '');
    if (!resource) return [];
    const namespace = resource.definition.namespaced ? paramRef.namespace || this.request.namespace : '';
    if (resource.definition.namespaced && namespace === '')
      throw new Misconfigured(
        'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
      );
    if (paramRef.name) {
      const found = this.core.cache.get(resource.key(namespace, paramRef.name))?.object;
      return this.found(found ? [found] : [], paramRef.parameterNotFoundAction);
    }
    const all = this.core.cache.list(resource.prefix(namespace)).map(({ object }) => object);
    const chosen = all.filter(o => labelSelectorMatches(paramRef.selector, o.metadata.labels));
    return this.found(chosen, paramRef.parameterNotFoundAction);
  }

  private found(objects: readonly KubeObject[], otherwise: string | undefined): readonly KubeObject[] {
    if (objects.length === 0 && otherwise !== 'Allow')
      throw new Misconfigured('no params found for policy binding with `Deny` parameterNotFoundAction');
    return objects;
  }

  kindIsKnown({ spec: { paramKind } }: Policy): boolean {
    const { apiVersion = '', kind = '' } = paramKind ?? {};
    return !paramKind || this.core.resources.lookupKind(apiVersion, kind) !== undefined;
  }
}

/** @returns what refuses the request first */
function enforce(
  program: PolicyProgram,
  policy: Policy,
  bindings: readonly Binding[],
  view: RequestView,
): StatusError | undefined {
  if (bindings.length === 0 || !view.matches(policy.spec.matchConstraints)) return undefined;
  const name = `ValidatingAdmissionPolicy '${policy.metadata.name}'`;
  if (!view.kindIsKnown(policy)) {
    const { apiVersion = '', kind = '' } = policy.spec.paramKind ?? {};
    const why = `failed to configure policy: failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`;
    return program.failsOpen ? undefined : refusal(view.request, name, { message: why });
  }
  let first: StatusError | undefined;
  for (const binding of bindings) {
    if (!view.matches(binding.spec?.matchResources)) continue;
    const bound = `${name} with binding '${binding.metadata.name}'`;
    const actions = binding.spec?.validationActions ?? [];
    try {
      const params = view.params(policy, binding);
      const all = params ? params.map(dynamicValue) : [null];
      for (const denial of all.flatMap(p => program.denials({ ...view.values, params: p }))) {
        if (actions.includes('Deny')) first ??= refusal(view.request, bound, denial);
        if (actions.includes('Warn')) view.request.warn(`Validation failed for ${bound}: ${denial.message}`);
      }
    } catch (e) {
      if (!(e instanceof Misconfigured)) throw e;
      if (!program.failsOpen)
        first ??= refusal(view.request, bound, { message: `failed to configure binding: ${e.message}` });
    }
  }
  return first;
}

const REASONS: readonly string[] = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function refusal(request: AdmissionRequest, who: string, { message, reason }: Denial): StatusError {
  const why = `${who} denied request: ${message}`;
  const error = forbidden(request.resource.named, shownName(request) || 'Unknown', why);
  return new StatusError({
    reason: (reason && REASONS.includes(reason) ? reason : 'Invalid') as StatusReason,
    message: error.message,
    details: { ...error.details, causes: [{ message: why }] },
  });
}
