/**
 * From stored objects to what is done: the schemas in order, the levels with their limits, and
 * what each schema's condition `Dangling` should say. Pure.
 */
import type {
  FlowSchema,
  FlowSchemaCondition,
  PriorityLevelConfiguration,
} from '../../generated/flowcontrol-v1.ts';
import { bootstrapFlowObjects, CATCH_ALL, EXEMPT, isMandatory } from './bootstrap-objects.ts';

export interface LevelLimits {
  /** Seats by its shares of the server's limit. */
  readonly nominal: number;
  /** Less what it may lend. */
  readonly least: number;
  /** With what it may borrow. */
  readonly most: number;
  /** That one request may take; undefined where nothing is queued. */
  readonly maxSeats: number | undefined;
}

export interface FlowConfiguration {
  readonly levels: readonly PriorityLevelConfiguration[];
  /** In the order of matching. */
  readonly schemas: readonly FlowSchema[];
}

const nameOf = (object: { metadata: { name?: string | undefined } }) => object.metadata.name ?? '';

/** Levels that contradict themselves and schemas without a level are left out, the mandatory ones added. */
export function configurationOf(
  levels: readonly PriorityLevelConfiguration[],
  schemas: readonly FlowSchema[],
): FlowConfiguration {
  const { levels: known, schemas: knownSchemas } = bootstrapFlowObjects();
  const usable = levels.filter(isSound);
  for (const level of known)
    if (isMandatory(level.metadata.name) && !usable.some(l => nameOf(l) === nameOf(level)))
      usable.push(level);
  const names = new Set(usable.map(nameOf));
  const matching = schemas
    .filter(schema => names.has(schema.spec.priorityLevelConfiguration.name))
    .sort(byPrecedence);
  const missing = (name: string) =>
    matching.some(schema => nameOf(schema) === name) ? [] : knownSchemas.filter(s => nameOf(s) === name);
  return { levels: usable, schemas: [...missing(EXEMPT), ...matching, ...missing(CATCH_ALL)] };
}

function isSound({ metadata, spec }: PriorityLevelConfiguration): boolean {
  if (!spec) return false;
  const exempt = metadata.name === EXEMPT;
  if ((spec.type === 'Exempt') !== exempt || (spec.exempt !== undefined) !== exempt) return false;
  if (exempt) return true;
  const response = spec.limited?.limitResponse;
  return response !== undefined && (response.type === 'Queue') === (response.queuing !== undefined);
}

/** Lower numbers first, then by name (API reference, matchingPrecedence). */
function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const [x, y] = [a.spec.matchingPrecedence ?? 0, b.spec.matchingPrecedence ?? 0];
  return x - y || (nameOf(a) < nameOf(b) ? -1 : 1);
}

const sharesOf = ({ spec }: PriorityLevelConfiguration): number =>
  (spec?.limited ?? spec?.exempt)?.nominalConcurrencyShares ?? 0;

/** 15% of a level's seats, so that one list does not take it whole. */
const MOST_OF_LEVEL = 0.15;

/**
 * Each level's part of `serverLimit` seats. `levels`: all that there are, also those that only
 * drain. Rounded up, so that the sum may be a little more.
 */
export function limitsOf(
  levels: readonly PriorityLevelConfiguration[],
  serverLimit: number,
): readonly LevelLimits[] {
  const sum = levels.reduce((total, level) => total + sharesOf(level), 0);
  return levels.map(level => {
    const { spec } = level;
    const nominal = sum === 0 ? 0 : Math.ceil((serverLimit * sharesOf(level)) / sum);
    const { lendablePercent = 0 } = spec?.limited ?? spec?.exempt ?? {};
    const borrows = spec?.limited?.borrowingLimitPercent;
    const handSize = spec?.limited?.limitResponse?.queuing?.handSize;
    return {
      nominal,
      least: nominal - Math.round((nominal * lendablePercent) / 100),
      most: nominal + (borrows === undefined ? serverLimit : Math.round((nominal * borrows) / 100)),
      maxSeats:
        handSize && Math.max(1, Math.min(Math.ceil(nominal * MOST_OF_LEVEL), Math.floor(nominal / handSize))),
    };
  });
}

/** The condition the schema should have; undefined: it has it. `now`: RFC 3339. */
export function danglingCondition(
  schema: FlowSchema,
  levels: readonly PriorityLevelConfiguration[],
  now: string,
): FlowSchemaCondition | undefined {
  const { name } = schema.spec.priorityLevelConfiguration;
  const found = levels.some(level => nameOf(level) === name && isSound(level));
  const start = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  const wanted = found
    ? { status: 'False', reason: 'Found', message: `${start} and it exists` }
    : { status: 'True', reason: 'NotFound', message: `${start} but there is no such object` };
  const has = schema.status?.conditions?.find(condition => condition.type === 'Dangling');
  if (has?.status === wanted.status && has.reason === wanted.reason && has.message === wanted.message)
    return undefined;
  return { type: 'Dangling', ...wanted, lastTransitionTime: now };
}
