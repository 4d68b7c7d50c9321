import type { FlowSchema } from '../../generated/flowcontrol-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { checkDnsSubdomain } from '../validation/checks.ts';
import { validatePolicyRules } from './policy-rules.ts';

const PRECEDENCE = 1000;
const PRECEDENCE_MAX = 10_000;
const EXEMPT = 'exempt';
const METHODS = ['ByNamespace', 'ByUser'];

function defaults({ spec }: FlowSchema): void {
  if (spec) spec.matchingPrecedence ||= PRECEDENCE;
}

function validate({ metadata, spec }: FlowSchema): FieldError[] {
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
  subresources: { status: {} },
  columns: [
    name,
    column('PriorityLevel', o => o.spec?.priorityLevelConfiguration.name || '<none>'),
    column('MatchingPrecedence', o => o.spec?.matchingPrecedence ?? 0),
    column('DistinguisherMethod', o => o.spec?.distinguisherMethod?.type ?? '<none>'),
    age,
    column('MissingPL', o => o.status?.conditions?.find(c => c.type === 'Dangling')?.status ?? '?'),
  ],
});
