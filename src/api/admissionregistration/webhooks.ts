/** Webhooks of both kinds: how they are reached and when they are asked. */
import type {
  MutatingWebhook,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../generated/admissionregistration-v1.ts';
import { at, child, duplicate, type FieldError, invalidValue, required } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { dns1035Label, dnsSubdomain } from '../meta/names.ts';
import { checkDnsSubdomain, checked, optionalEnumeration } from '../validation/checks.ts';
import { defaultRules, MATCH_POLICIES, validateConditions, validateRule } from './rules.ts';

export const FAILURE_POLICIES = ['Fail', 'Ignore'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const REINVOCATION = ['IfNeeded', 'Never'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 30;
const HTTPS_PORT = 443;

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

export function defaultWebhooks(webhooks: readonly Webhook[] | undefined): void {
  for (const webhook of webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail';
    webhook.matchPolicy ??= 'Equivalent';
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= TIMEOUT_SECONDS;
    if (webhook.clientConfig.service) webhook.clientConfig.service.port ??= HTTPS_PORT;
    defaultRules(webhook.rules);
  }
}

export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>();
  return (webhooks ?? []).flatMap((webhook, i) => {
    const path = at('webhooks', i);
    const errors = [
      ...validateWebhook(webhook, path),
      ...validateReviewVersions(
        webhook.admissionReviewVersions ?? [],
        child(path, 'admissionReviewVersions'),
      ),
    ];
    if (webhook.name && names.has(webhook.name)) errors.push(duplicate(child(path, 'name'), webhook.name));
    names.add(webhook.name);
    return errors;
  });
}

function validateWebhook(webhook: Webhook, path: string): FieldError[] {
  const { sideEffects, timeoutSeconds: seconds, reinvocationPolicy } = webhook;
  const side = child(path, 'sideEffects');
  return [
    ...validateName(webhook.name, child(path, 'name')),
    ...(webhook.rules ?? []).flatMap((rule, i) => validateRule(rule, at(child(path, 'rules'), i))),
    ...optionalEnumeration(child(path, 'failurePolicy'), webhook.failurePolicy, FAILURE_POLICIES),
    ...optionalEnumeration(child(path, 'matchPolicy'), webhook.matchPolicy, MATCH_POLICIES),
    ...(sideEffects === undefined
      ? [required(side, `must specify one of ${SIDE_EFFECTS.join(', ')}`)]
      : optionalEnumeration(side, sideEffects, SIDE_EFFECTS)),
    ...(seconds !== undefined && (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS)
      ? [
          invalidValue(
            child(path, 'timeoutSeconds'),
            seconds,
            'the timeout value must be between 1 and 30 seconds',
          ),
        ]
      : []),
    ...validateLabelSelector(webhook.namespaceSelector, child(path, 'namespaceSelector')),
    ...validateLabelSelector(webhook.objectSelector, child(path, 'objectSelector')),
    ...optionalEnumeration(child(path, 'reinvocationPolicy'), reinvocationPolicy, REINVOCATION),
    ...validateClient(webhook.clientConfig, child(path, 'clientConfig')),
    ...validateConditions(webhook.matchConditions, child(path, 'matchConditions')),
  ];
}

function validateName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const errors = checkDnsSubdomain(path, name);
  if (errors.length > 0) return errors;
  const why = 'should be a domain with at least three segments separated by dots';
  return name.split('.').length < 3 ? [invalidValue(path, name, why)] : [];
}

/** The forms of a review that the webhook understands; `missing` is said when there are none. */
export function validateReviewVersions(
  versions: readonly string[],
  path: string,
  missing = `must specify one of ${REVIEW_VERSIONS.join(', ')}`,
): FieldError[] {
  const known = REVIEW_VERSIONS.join(', ');
  if (versions.length === 0) return [required(path, missing)];
  const errors = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalidValue(at(path, i), version, 'duplicate version')]
      : checked(at(path, i), version, dns1035Label),
  );
  if (versions.some(version => REVIEW_VERSIONS.includes(version))) return errors;
  return [...errors, invalidValue(path, versions, `must include at least one of ${known}`)];
}

/** How a webhook is reached: by URL, or as a Service of the cluster. */
export function validateClient({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateUrl(url, child(path, 'url'));
  if (!service) return [];
  const where = child(path, 'service');
  const port = service.port ?? HTTPS_PORT;
  const portError = `port is not valid: must be between 1 and 65535, inclusive`;
  return [
    // Upstream takes one for the other.
    ...(service.namespace ? [] : [required(child(where, 'name'))]),
    ...(service.name ? [] : [required(child(where, 'namespace'))]),
    ...(port < 1 || port > 65535 ? [invalidValue(child(where, 'port'), port, portError)] : []),
    ...(service.path === undefined ? [] : validatePath(service.path, child(where, 'path'))),
  ];
}

const FORM = '; desired format: https://host[/path]';

function validateUrl(text: string, path: string): FieldError[] {
  const match = /^(?:([A-Za-z][-+.A-Za-z0-9]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(
    text,
  );
  const [, scheme = '', authority = '', , query = '', fragment = ''] = match ?? [];
  if (!match || (scheme === '' && /^[^/?#]*:/.test(text))) {
    const why = `url must be a valid URL: parse ${JSON.stringify(text)}: missing protocol scheme${FORM}`;
    return [required(path, why)];
  }
  const [host = '', user] = authority.split('@').reverse();
  const errors: FieldError[] = [];
  if (scheme.toLowerCase() !== 'https') {
    errors.push(invalidValue(path, scheme, `'https' is the only allowed URL scheme${FORM}`));
  }
  if (host === '') errors.push(invalidValue(path, host, `host must be specified${FORM}`));
  if (user !== undefined)
    errors.push(invalidValue(path, user, 'user information is not permitted in the URL'));
  if (fragment) errors.push(invalidValue(path, fragment, 'fragments are not permitted in the URL'));
  if (query) errors.push(invalidValue(path, query, 'query parameters are not permitted in the URL'));
  return errors;
}

function validatePath(text: string, path: string): FieldError[] {
  if (text === '' || text === '/') return [];
  if (text === '//') return [invalidValue(path, text, 'segment[0] may not be empty')];
  const errors: FieldError[] = [];
  if (!text.startsWith('/')) errors.push(invalidValue(path, text, "must start with a '/'"));
  const inner = text.slice(1).replace(/\/$/, '');
  for (const [i, segment] of inner.split('/').entries()) {
    if (segment === '') errors.push(invalidValue(path, text, `segment[${i}] may not be empty`));
    else errors.push(...dnsSubdomain(segment).map(m => invalidValue(path, text, `segment[${i}]: ${m}`)));
  }
  return errors;
}
