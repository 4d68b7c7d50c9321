import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
} from '../../generated/flowcontrol-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts';
import { inRange, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { validateStatusConditions } from './conditions.ts';

const queuing = (level: PriorityLevelConfiguration) => level.spec?.limited?.limitResponse?.queuing;

const EXEMPT = 'exempt';
const CATCH_ALL = 'catch-all';
const CATCH_ALL_SPEC = {
  type: 'Limited',
  limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' }, lendablePercent: 0 },
};
const TYPES = ['Exempt', 'Limited'];
const RESPONSES = ['Queue', 'Reject'];
const SHARES = 30;
const QUEUES = 64;
const HAND_SIZE = 8;
const QUEUE_LENGTH = 50;
const MAX_QUEUES = 10_000_000;
/** What a hash has to offer for dealing a hand. */
const MAX_ENTROPY_BITS = 60;

function defaults({ spec }: PriorityLevelConfiguration): void {
  if (spec?.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (!spec?.limited) return;
  spec.limited.nominalConcurrencyShares ??= SHARES;
  spec.limited.lendablePercent ??= 0;
  const queues = spec.limited.limitResponse?.queuing;
  if (!queues) return;
  queues.queues ||= QUEUES;
  queues.handSize ||= HAND_SIZE;
  queues.queueLengthLimit ||= QUEUE_LENGTH;
}

function validate(level: PriorityLevelConfiguration): FieldError[] {
  return [...validateSpec(level), ...validateMandatory(level)];
}

/** The two levels that every cluster has are what they are; of `exempt`, shares may be tuned. */
function validateMandatory({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  if (!spec) return [];
  const differs = (fixed: object) => !semanticEqual(spec, fixed);
  const shown = () => toInternal('PriorityLevelConfigurationSpec', spec);
  if (metadata.name === EXEMPT && differs({ type: 'Exempt', exempt: spec.exempt })) {
    const why = `spec of '${EXEMPT}' except the 'spec.exempt' field must equal the fixed value`;
    return [invalidValue('spec', shown(), why)];
  }
  if (metadata.name === CATCH_ALL && differs(CATCH_ALL_SPEC))
    return [invalidValue('spec', shown(), `spec of '${CATCH_ALL}' must equal the fixed value`)];
  return [];
}

function validateSpec({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  if (!spec) return [];
  const { type, limited, exempt } = spec;
  const errors: FieldError[] = [];
  if ((metadata.name === EXEMPT) !== (type === 'Exempt')) {
    const why = `must be 'Exempt' if and only if \`name\` is '${EXEMPT}'`;
    errors.push(invalidValue('spec.type', type, why));
  }
  if (type === 'Exempt') {
    if (limited) errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
    return exempt ? [...errors, ...validateShares(exempt, 'spec.exempt')] : errors;
  }
  if (type !== 'Limited') return [...errors, notSupported('spec.type', type, TYPES)];
  if (exempt) errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
  if (!limited) return [...errors, required('spec.limited', 'must not be empty when type is Limited')];
  return [...errors, ...validateLimited(limited)];
}

interface Shares {
  readonly nominalConcurrencyShares?: number | undefined;
  readonly lendablePercent?: number | undefined;
}

function validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent: lent = 0 }: Shares,
  path: string,
): FieldError[] {
  return [
    ...(shares < 0
      ? [invalidValue(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')]
      : []),
    ...inRange(`${path}.lendablePercent`, lent, 0, 100),
  ];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration): FieldError[] {
  const path = 'spec.limited';
  const borrowed = limited.borrowingLimitPercent ?? 0;
  const [shares, lent] = [{ ...limited, lendablePercent: 0 }, { lendablePercent: limited.lendablePercent }];
  return [
    ...validateShares(shares, path),
    ...validateResponse(limited.limitResponse ?? { type: '' }, `${path}.limitResponse`),
    ...validateShares(lent, path),
    ...(borrowed < 0
      ? [
          invalidValue(
            `${path}.borrowingLimitPercent`,
            borrowed,
            'if specified, must be a non-negative integer',
          ),
        ]
      : []),
  ];
}

function validateResponse({ type, queuing: queues }: LimitResponse, path: string): FieldError[] {
  const where = `${path}.queuing`;
  if (!RESPONSES.includes(type)) return [notSupported(`${path}.type`, type, RESPONSES)];
  if (type === 'Reject') {
    const why = 'must be nil if limited.limitResponse.type is not Limited';
    return queues ? [forbiddenField(where, why)] : [];
  }
  if (!queues) return [required(where, 'must not be empty if limited.limitResponse.type is Limited')];
  const { queues: deck = 0, handSize: hand = 0, queueLengthLimit: limit = 0 } = queues;
  const errors: FieldError[] = [];
  const positive = (field: string, value: number) => {
    if (value <= 0) errors.push(invalidValue(`${where}.${field}`, value, 'must be positive'));
  };
  positive('queueLengthLimit', limit);
  positive('queues', deck);
  if (deck > MAX_QUEUES) {
    errors.push(invalidValue(`${where}.queues`, deck, `must not be greater than ${MAX_QUEUES}`));
  }
  positive('handSize', hand);
  if (hand <= 0) return errors;
  if (hand > deck) {
    errors.push(invalidValue(`${where}.handSize`, hand, `should not be greater than queues (${deck})`));
  } else if (Math.ceil(Math.log2(deck) * hand) > MAX_ENTROPY_BITS) {
    const why = `required entropy bits of deckSize ${deck} and handSize ${hand} should not be greater than ${MAX_ENTROPY_BITS}`;
    errors.push(invalidValue(`${where}.handSize`, hand, why));
  }
  return errors;
}

export const priorityLevelConfiguration = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
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
    column('Type', o => o.spec?.type ?? ''),
    column('NominalConcurrencyShares', o => o.spec?.limited?.nominalConcurrencyShares ?? '<none>'),
    column('Queues', o => queuing(o)?.queues ?? '<none>'),
    column('HandSize', o => queuing(o)?.handSize ?? '<none>'),
    column('QueueLengthLimit', o => queuing(o)?.queueLengthLimit ?? '<none>'),
    age,
  ],
});
