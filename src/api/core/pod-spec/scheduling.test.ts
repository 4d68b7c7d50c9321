/** Where pods may go, and what they resolve: one case a rule. */
import { describe, expect, test } from 'vitest';
import { podProblems, templateProblems } from '../../../testing/pods.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const TERM = `spec.affinity.podAffinity.${REQUIRED}[0]`;
const near = (term: Record<string, unknown>) => ({
  affinity: { podAffinity: { [REQUIRED]: [{ topologyKey: 'zone', ...term }] } },
});
const spread = (constraint: Record<string, unknown>) => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...constraint },
  ],
});
const exists = (key: string) => ({ key, operator: 'Exists' });
const UNDERSCORES =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const BOTH = 'exists in both matchLabelKeys and labelSelector';

interface Case {
  readonly spec: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
  readonly problems: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'a label key that the pod has, and the selector besides': {
    spec: near({ labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: ['x', 'a'] }),
    metadata: { labels: { a: 'b' } },
    problems: [`${TERM}[1]: Invalid value: "a": ${BOTH}`],
  },
  'a label key that only the selector has': {
    spec: near({ labelSelector: { matchExpressions: [exists('a')] }, matchLabelKeys: ['a'] }),
    problems: [],
  },
  'a key to differ in may be in the selector': {
    spec: near({ labelSelector: { matchLabels: { a: 'b' } }, mismatchLabelKeys: ['a'] }),
    metadata: { labels: { a: 'b' } },
    problems: [],
  },
  'keys that no label may have, of both lists, and no selector': {
    spec: near({ matchLabelKeys: ['/'], mismatchLabelKeys: ['a'] }),
    problems: ['matchLabelKeys', 'mismatchLabelKeys'].map(
      list => `${TERM}.${list}: Forbidden: must not be specified when labelSelector is not set`,
    ),
  },
  'the same key to match and to differ in': {
    spec: near({ labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }),
    problems: [
      `${TERM}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
    ],
  },
  'spreading by a key that the selector has': {
    spec: spread({ labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: ['a'] }),
    metadata: { labels: { a: 'b' } },
    problems: [`spec.topologySpreadConstraints[0][0]: Invalid value: "a": ${BOTH}`],
  },
  'a toleration that compares numbers, or somehow else': {
    spec: {
      tolerations: ['Gt', 'Like'].map(operator => ({ key: 'a', operator, value: '1' })),
    },
    problems: [
      'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"',
      'spec.tolerations[1].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
    ],
  },
  'a host name of its own that is none, besides others': {
    spec: {
      hostnameOverride: `${'a'.repeat(64)}_`,
      setHostnameAsFQDN: true,
      hostNetwork: true,
      hostname: 'A.',
    },
    problems: [
      'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      'spec.hostnameOverride: Too long: may not be more than 64 bytes',
      `spec.hostnameOverride: Invalid value: "${'a'.repeat(64)}_": ${SUBDOMAIN}`,
      `spec.hostname: Invalid value: "A.": ${LABEL}`,
    ],
  },
  'a topology key that no label may have': { spec: spread({ topologyKey: 'a b' }), problems: [] },
  'no topology key': {
    spec: spread({ topologyKey: '' }),
    problems: ['spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty'],
  },
  'search paths': {
    spec: { dnsConfig: { searches: ['.', '_sip._tcp.a.', 'a_.b', 'A'] } },
    problems: [
      `spec.dnsConfig.searches[2]: Invalid value: "a_.b": ${UNDERSCORES}`,
      `spec.dnsConfig.searches[3]: Invalid value: "A": ${UNDERSCORES}`,
    ],
  },
  'names of other hosts': {
    spec: { hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'B'] }] },
    problems: [`spec.hostAliases[0].hostnames[1]: Invalid value: "B": ${SUBDOMAIN}`],
  },
  'no preemption policy': {
    spec: { preemptionPolicy: '' },
    problems: ['spec.preemptionPolicy: Required value'],
  },
};

describe('scheduling of pods', () => {
  test.each(Object.entries(CASES))('%s', (_, { spec, metadata, problems }) => {
    expect(podProblems(spec, metadata)).toEqual(problems);
  });

  test('a template has no keys merged, so the selector may have them', () => {
    const spec = spread({ labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: ['a'] });
    expect(templateProblems(spec, { labels: { a: 'b' } })).toEqual([]);
  });
});
