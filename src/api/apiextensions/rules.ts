/** Compiles x-kubernetes-validations: rules see `self`, and `oldSelf` where both forms of a value can be told. */
import type { ValidationRule } from '../../generated/apiextensions-v1.ts';
import { compile } from '../cel/compile.ts';
import { BOOL, type CelType, STRING, sameType } from '../cel/types.ts';
import { child, type FieldError, internalError, invalidValue } from '../field-error.ts';
import type { CompileRules } from './open-api-schema.ts';
import { costOf, ruleTooExpensive, TotalCost, wholeCost } from './rule-cost.ts';
import { type Sizes, sizesOf } from './rule-sizes.ts';
import { ruleType } from './rule-types.ts';
import { shownRule } from './schema.ts';

export interface RuleCompiler {
  readonly compile: CompileRules;
  /** What is said of all rules together, when they are compiled. */
  total(path: string): readonly FieldError[];
}

/** Of one version's schema. */
export function createRuleCompiler(): RuleCompiler {
  const total = new TotalCost();
  return {
    compile(schema, path, place) {
      const rules = schema['x-kubernetes-validations'] ?? [];
      const list = child(path, 'x-kubernetes-validations');
      const self = ruleType(schema, 'self', place.root);
      const sizes = sizesOf(schema, place.root);
      if (!self || !sizes) return rules.length > 0 ? [internalError(list, NO_TYPE)] : [];
      return rules.flatMap((rule, i) => {
        const where = `${list}[${i}]`;
        const { errors, cost, messageCost } = compileRule(rule, self, sizes, where, place.uncorrelatable);
        const whole = wholeCost(cost, sizes, place.cardinality);
        total.observe(`${where}.rule`, whole);
        if (messageCost !== undefined) total.observe(`${where}.messageExpression`, messageCost);
        return [...ruleTooExpensive('estimated rule cost', `${where}.rule`, whole), ...errors];
      });
    },
    total: path => total.errors(path),
  };
}

const NO_TYPE =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';

function compileRule(
  validation: ValidationRule,
  self: CelType,
  sizes: Sizes,
  path: string,
  uncorrelatable: string | undefined,
): { errors: FieldError[]; cost: bigint; messageCost?: bigint } {
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
  let messageCost: bigint | undefined;
  if (messageExpression) {
    const message = compile(messageExpression, variables);
    if ('error' in message)
      refuse('messageExpression', `messageExpression compilation failed: ${message.error}`);
    else if (!sameType(message.type, STRING))
      refuse('messageExpression', 'messageExpression must evaluate to a string');
    else {
      messageCost = costOf(message, sizes);
      const what = 'estimated messageExpression cost';
      errors.push(...ruleTooExpensive(what, `${path}.messageExpression`, messageCost));
    }
  }
  if (usesOld && uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(invalidValue(`${path}.rule`, rule, why));
  } else if (!usesOld && optionalOldSelf !== undefined && 'used' in compiled) {
    const why = 'may not be set if oldSelf is not used in rule';
    errors.push(invalidValue(`${path}.optionalOldSelf`, optionalOldSelf, why));
  }
  return { errors, cost: costOf(compiled, sizes), ...(messageCost === undefined ? {} : { messageCost }) };
}
