import { rfc3339 } from '../../base/clock.ts';
import type { APIService } from '../../generated/apiregistration-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { dns1035Label, pathSegmentName } from '../meta/names.ts';
import { checkDnsSubdomain, checked } from '../validation/checks.ts';

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(c => c.type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

const HTTPS_PORT = 443;
const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1000;
const CONDITION_STATUSES = ['True', 'False', 'Unknown'];

function defaults({ spec }: APIService): void {
  if (spec?.service) spec.service.port ??= HTTPS_PORT;
}

/** Groups that this server serves itself are there as soon as they are registered. */
function prepareForCreate(service: APIService, { clock }: StrategyContext): void {
  service.status = {};
  if (service.spec?.service) return;
  service.status.conditions = [
    {
      type: 'Available',
      status: 'True',
      lastTransitionTime: rfc3339(clock.now()),
      reason: 'Local',
      message: 'Local APIServices are always available',
    },
  ];
}

function validate({ metadata, spec }: APIService): FieldError[] {
  if (!spec) return [];
  const { group = '', version = '', service, groupPriorityMinimum: own, versionPriority } = spec;
  const errors: FieldError[] = [];
  const wanted = `${version}.${group}`;
  const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
  for (const field of ['generateName', 'name'] as const) {
    const given = metadata[field];
    // What is no name at all is told as that alone.
    if (given && given !== wanted && pathSegmentName(given).length === 0)
      errors.push(invalidValue(`metadata.${field}`, given, why));
  }
  if (group) errors.push(...checkDnsSubdomain('spec.group', group));
  else if (version !== 'v1') {
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  }
  errors.push(...checked('spec.version', version, dns1035Label));
  if (own <= 0 || own > GROUP_PRIORITY_MAX) {
    const range = `must be positive and less than ${GROUP_PRIORITY_MAX}`;
    errors.push(invalidValue('spec.groupPriorityMinimum', own, range));
  }
  if (versionPriority <= 0 || versionPriority > VERSION_PRIORITY_MAX) {
    const range = `must be positive and less than ${VERSION_PRIORITY_MAX}`;
    errors.push(invalidValue('spec.versionPriority', versionPriority, range));
  }
  const insecure = 'spec.insecureSkipTLSVerify';
  if (!service) {
    if (spec.caBundle) {
      const size = `${Buffer.byteLength(spec.caBundle, 'base64')} bytes`;
      errors.push(invalidValue('spec.caBundle', size, 'local APIServices may not have a caBundle'));
    }
    if (spec.insecureSkipTLSVerify) {
      errors.push(invalidValue(insecure, true, 'local APIServices may not have insecureSkipTLSVerify'));
    }
    return errors;
  }
  if (!service.namespace) errors.push(required('spec.service.namespace'));
  if (!service.name) errors.push(required('spec.service.name'));
  const port = service.port ?? HTTPS_PORT;
  if (port < 1 || port > 65535) {
    const outside = 'port is not valid: must be between 1 and 65535, inclusive';
    errors.push(invalidValue('spec.service.port', port, outside));
  }
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    errors.push(invalidValue(insecure, true, 'may not be true if caBundle is present'));
  }
  return errors;
}

function validateStatus({ status }: APIService): FieldError[] {
  return (status?.conditions ?? []).flatMap((condition, i) =>
    CONDITION_STATUSES.includes(condition.status)
      ? []
      : [notSupported(child(at('status.conditions', i), 'status'), condition.status, CONDITION_STATUSES)],
  );
}

export const apiService = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  anyFinalizer: true,
  allowUnconditionalUpdate: false,
  nameRule: 'path-segment',

  defaults,
  prepareForCreate,
  prepareForUpdate: keepStatus,
  validate,
  subresources: { status: { validateUpdate: validateStatus } },
  columns: [
    name,
    column('Service', o =>
      o.spec?.service ? `${o.spec.service.namespace ?? ''}/${o.spec.service.name ?? ''}` : 'Local',
    ),
    column('Available', o => availability(o)),
    age,
  ],
});
