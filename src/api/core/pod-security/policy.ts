/** The labels of a namespace that say which Pod Security Standard holds in it (KEP-2579). */
import { at, type FieldError, invalidValue } from '../../field-error.ts';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

export interface LevelVersion {
  readonly level: Level;
  /** The minor of v1.x, or the newest that this server knows. */
  readonly version: number | 'latest';
}

export interface Policy {
  /** What breaks it is refused. */
  readonly enforce: LevelVersion;
  /** What breaks it is for the audit log. */
  readonly audit: LevelVersion;
  /** Who makes something that breaks it is warned. */
  readonly warn: LevelVersion;
}

const MODES = ['enforce', 'audit', 'warn'] as const;
const PREFIX = 'pod-security.kubernetes.io/';

/** Also where labels are wrong there is a policy: a wrong level is enforced as the strictest one. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined): {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
} {
  const errors: FieldError[] = [];
  const [enforce, audit, warn] = MODES.map(mode => levelVersion(labels ?? {}, mode, errors));
  const policy = { enforce, audit, warn } as Policy;
  return { policy, errors };
}

function levelVersion(
  labels: Readonly<Record<string, string>>,
  mode: (typeof MODES)[number],
  errors: FieldError[],
): LevelVersion {
  const wrong = (key: string, why: string) =>
    errors.push(invalidValue(at('metadata.labels', key), labels[key], why));
  const levelKey = `${PREFIX}${mode}`;
  const given = labels[levelKey] ?? 'privileged';
  const known = LEVELS.find(level => level === given);
  if (!known) wrong(levelKey, `must be one of ${LEVELS.join(', ')}`);
  const versionKey = `${PREFIX}${mode}-version`;
  const version = versionOf(labels[versionKey] ?? 'latest');
  if (version === undefined) wrong(versionKey, 'must be "latest" or "v1.x"');
  return {
    level: known ?? (mode === 'enforce' ? 'restricted' : 'privileged'),
    version: version ?? 'latest',
  };
}

function versionOf(text: string): LevelVersion['version'] | undefined {
  if (text === 'latest') return text;
  const minor = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** `restricted:latest`, `baseline:v1.30`. */
export const showLevelVersion = ({ level, version }: LevelVersion): string =>
  `${level}:${version === 'latest' ? version : `v1.${version}`}`;

export const sameLevelVersion = (a: LevelVersion, b: LevelVersion): boolean =>
  a.level === b.level && a.version === b.version;

export const isStricter = (a: Level, b: Level): boolean => LEVELS.indexOf(a) > LEVELS.indexOf(b);
