/** Compiles x-kubernetes-validations: rules see `self`, and `oldSelf` where both forms of a value can be told. */
import type { ValidationRule } from '../../generated/apiextensions-v1.ts';
import { compile } from '../cel/compile.ts';
import { BOOL, type CelType, STRING, sameType } from '../cel/types.ts';
import { child, type FieldError, forbiddenField, internalError, invalidValue } from '../field-error.ts';
import type { CompileRules } from './open-api-schema.ts';
import { FAR_BEYOND, RULE_BUDGET, ruleCost, TOTAL_BUDGET } from './rule-cost.ts';
import { ruleType } from './rule-types.ts';
import { type Schema, shownRule } from './schema.ts';

export interface RuleCompiler {
  readonly compile: CompileRules;
  /** What is said of all rules together, when they are compiled. */
  total(path: string): readonly FieldError[];
}

/** Of one version's schema. */
export function createRuleCompiler(): RuleCompiler {
  let total = 0;
  const expensive: string[] = [];
  return {
    compile(schema, path, place) {
      const rules = schema['x-kubernetes-validations'] ?? [];
      const list = child(path, 'x-kubernetes-validations');
      const self = ruleType(schema, 'self', place.root);
      if (!self) return rules.length > 0 ? [internalError(list, NO_TYPE)] : [];
      return rules.flatMap((rule, i) => {
        const where = `${list}[${i}]`;
        const { errors, cost } = compileRule(rule, self, schema, where, place.uncorrelatable);
        const whole = cost * (place.cardinality ?? 1);
        total += whole;
        if (whole > RULE_BUDGET * FAR_BEYOND) expensive.push(`${where}.rule`);
        return [...tooExpensive('estimated rule cost', `${where}.rule`, whole, RULE_BUDGET), ...errors];
      });
    },
    total(path) {
      if (total <= TOTAL_BUDGET * FAR_BEYOND) return [];
      const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
      const share =
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
      return [
        ...expensive.map(field => forbiddenField(field, share)),
        ...tooExpensive(what, path, total, TOTAL_BUDGET),
      ];
    },
  };
}

const NO_TYPE =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';

function tooExpensive(what: string, path: string, cost: number, budget: number): FieldError[] {
  if (cost <= budget * FAR_BEYOND) return [];
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return [forbiddenField(path, `${what} exceeds budget by factor of more than ${FAR_BEYOND}x (${advice})`)];
}

function compileRule(
  validation: ValidationRule,
  self: CelType,
  schema: Schema,
  path: string,
  uncorrelatable: string | undefined,
): { errors: FieldError[]; cost: number } {
  const { rule, messageExpression = '', optionalOldSelf } = validation;
  const oldSelf: CelType = optionalOldSelf ? { kind: 'optional', of: self } : self;
  const variables = { self, oldSelf };
  const errors: FieldError[] = [];
  const refuse = (field: string, why: string) =>
    errors.push(invalidValue(`${path}.${field}`, shownRule(validation), why));
  const compiled = compile(rule, variables);
  if ('error' in compiled) refuse('rule', `compilation failed: ${compiled.error}`);
  else if (!sameType(compiled.type, BOOL)) refuse('rule', 'cel expression must evaluate to a bool');
  const usesOld = 'used' in compiled && compiled.used.has('oldSelf');
  if (messageExpression) {
    const message = compile(messageExpression, variables);
    if ('error' in message)
      refuse('messageExpression', `messageExpression compilation failed: ${message.error}`);
    else if (!sameType(message.type, STRING))
      refuse('messageExpression', 'messageExpression must evaluate to a string');
  }
  if (usesOld && uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(invalidValue(`${path}.rule`, rule, why));
  } else if (!usesOld && optionalOldSelf !== undefined && 'used' in compiled) {
    const why = 'may not be set if oldSelf is not used in rule';
    errors.push(invalidValue(`${path}.optionalOldSelf`, optionalOldSelf, why));
  }
  return { errors, cost: 'node' in compiled ? ruleCost(compiled.node, schema) : 0 };
}
