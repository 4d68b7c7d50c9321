import type { FlowSchema } from '../../generated/flowcontrol-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { checkDnsSubdomain, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { validateStatusConditions } from './conditions.ts';
import { validatePolicyRules } from './policy-rules.ts';

const PRECEDENCE = 1000;
const PRECEDENCE_MAX = 10_000;
const EXEMPT = 'exempt';
const CATCH_ALL = 'catch-all';
const METHODS = ['ByNamespace', 'ByUser'];

/** A rule about all that members of these groups ask for. */
const everythingOf = (...groups: readonly string[]) => ({
  subjects: groups.map(name => ({ kind: 'Group', group: { name } })),
  resourceRules: [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

/** Every server has these two, and they are what they are. */
const MANDATORY: Readonly<Record<string, FlowSchema['spec']>> = {
  [EXEMPT]: {
    matchingPrecedence: 1,
    priorityLevelConfiguration: { name: EXEMPT },
    rules: [everythingOf('system:masters')],
  },
  [CATCH_ALL]: {
    matchingPrecedence: PRECEDENCE_MAX,
    priorityLevelConfiguration: { name: CATCH_ALL },
    distinguisherMethod: { type: 'ByUser' },
    rules: [everythingOf('system:unauthenticated', 'system:authenticated')],
  },
};

function validateMandatory({ metadata: { name = '' }, spec }: FlowSchema): FieldError[] {
  const fixed = name === EXEMPT || name === CATCH_ALL ? MANDATORY[name] : undefined;
  if (!fixed || semanticEqual(spec, fixed)) return [];
  const shown = toInternal('FlowSchemaSpec', spec);
  return [invalidValue('spec', shown, `spec of '${name}' must equal the fixed value`)];
}

function defaults({ spec }: FlowSchema): void {
  if (spec) spec.matchingPrecedence ||= PRECEDENCE;
}

function validate(schema: FlowSchema): FieldError[] {
  const { metadata, spec } = schema;
  if (!spec) return [];
  const { matchingPrecedence: precedence = 0, distinguisherMethod, priorityLevelConfiguration: level } = spec;
  const path = 'spec.matchingPrecedence';
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalidValue(path, precedence, 'must be a positive value'));
  if (precedence > PRECEDENCE_MAX) {
    errors.push(invalidValue(path, precedence, `must not be greater than ${PRECEDENCE_MAX}`));
  }
  if (precedence === 1 && metadata.name !== EXEMPT) {
    const why = `only the schema named '${EXEMPT}' may have matchingPrecedence 1`;
    errors.push(invalidValue(path, precedence, why));
  }
  if (distinguisherMethod && !METHODS.includes(distinguisherMethod.type)) {
    // As upstream's struct prints: it has no JSON names.
    const shown = { Type: distinguisherMethod.type };
    errors.push(notSupported('spec.distinguisherMethod.type', shown, METHODS));
  }
  const levelPath = 'spec.priorityLevelConfiguration.name';
  return [
    ...errors,
    ...(level.name
      ? checkDnsSubdomain(levelPath, level.name)
      : [required(levelPath, 'must reference a priority level')]),
    ...(spec.rules ?? []).flatMap((rules, i) => validatePolicyRules(rules, at('spec.rules', i))),
    ...validateMandatory(schema),
  ];
}

export const flowSchema = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  tracksGeneration: true,

  defaults,
  prepareForCreate: o => {
    o.status = {};
  },
  prepareForUpdate: keepStatus,
  validate,
  subresources: { status: { validateUpdate: validateStatusConditions } },
  columns: [
    name,
    column('PriorityLevel', o => o.spec?.priorityLevelConfiguration.name || '<none>'),
    column('MatchingPrecedence', o => o.spec?.matchingPrecedence ?? 0),
    column('DistinguisherMethod', o => o.spec?.distinguisherMethod?.type ?? '<none>'),
    age,
    column('MissingPL', o => o.status?.conditions?.find(c => c.type === 'Dangling')?.status ?? '?'),
  ],
});
