/** A policy with its expressions compiled, and what they say of one request. */
import { admissionVariables } from '../../../api/admissionregistration/expressions.ts';
import { type Compiled, compile } from '../../../api/cel/compile.ts';
import { evaluate } from '../../../api/cel/evaluate.ts';
import { DYN } from '../../../api/cel/types.ts';
import { CelFault, CelObject, Unsupported, type Value } from '../../../api/cel/values.ts';
import type { ValidatingAdmissionPolicy, Validation } from '../../../generated/admissionregistration-v1.ts';

type Scope = Readonly<Record<string, Value>>;

export interface Denial {
  readonly message: string;
  readonly reason?: string | undefined;
}

const MESSAGE_MAX = 5 * 1024;

export class PolicyProgram {
  private readonly compiled = new Map<string, Compiled>();
  private readonly policy: ValidatingAdmissionPolicy;

  constructor(policy: ValidatingAdmissionPolicy) {
    this.policy = policy;
  }

  get failsOpen(): boolean {
    return this.policy.spec.failurePolicy === 'Ignore';
  }

  /** What the policy has against the request; nothing, too, where it is not meant. */
  denials(values: Scope): readonly Denial[] {
    const { matchConditions, validations } = this.policy.spec;
    const scope = { ...values, variables: this.variables(values) };
    const failed: string[] = [];
    for (const { expression } of matchConditions ?? []) {
      const result = this.run(expression, scope);
      if ('error' in result) failed.push(result.error);
      else if (result.value === false) return [];
    }
    const [first = ''] = failed;
    if (failed.length > 0)
      return this.failsOpen ? [] : [{ message: failed.length === 1 ? first : `[${failed.join(', ')}]` }];
    return (validations ?? []).flatMap(validation => this.denial(validation, scope));
  }

  private denial(validation: Validation, scope: Scope): readonly Denial[] {
    const { expression, reason } = validation;
    const result = this.run(expression, scope);
    if ('error' in result) return this.failsOpen ? [] : [{ message: result.error }];
    return result.value === true ? [] : [{ message: this.message(validation, scope), reason }];
  }

  private message({ expression, message, messageExpression }: Validation, scope: Scope): string {
    const plain = message?.trim() || `failed expression: ${expression.trim()}`;
    if (!messageExpression) return plain;
    const result = this.run(messageExpression, scope);
    const text = 'value' in result && typeof result.value === 'string' ? result.value.trim() : '';
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > MESSAGE_MAX ? plain : text;
  }

  /** Each is looked at when it is asked for, and once. */
  private variables(values: Scope): Value {
    const expressions = new Map((this.policy.spec.variables ?? []).map(v => [v.name, v.expression]));
    const fields = new LazyFields(name => {
      const expression = expressions.get(name);
      if (expression === undefined) return undefined;
      const result = this.run(expression, { ...values, variables: new CelObject(fields) });
      if ('error' in result)
        throw new CelFault(`composited variable "${name}" fails to evaluate: ${result.fault}`);
      return result.value;
    });
    return new CelObject(fields);
  }

  private run(
    expression: string,
    scope: Scope,
  ): { readonly value: Value } | { readonly error: string; readonly fault: string } {
    const compiled = this.compile(expression);
    if ('error' in compiled) return { error: compiled.error, fault: compiled.error };
    try {
      return { value: evaluate(compiled, scope) };
    } catch (e) {
      // What is not known here is no reason to refuse anything.
      if (e instanceof Unsupported) return { value: true };
      if (!(e instanceof CelFault)) throw e;
      return { error: `expression '${expression}' resulted in error: ${e.message}`, fault: e.message };
    }
  }

  private compile(expression: string): Compiled {
    const known = this.compiled.get(expression);
    if (known) return known;
    const names = (this.policy.spec.variables ?? []).map(v => v.name);
    const variables = Object.fromEntries(names.map(name => [name, DYN]));
    const made = compile(
      expression,
      admissionVariables({
        hasParams: this.policy.spec.paramKind !== undefined,
        hasAuthorizer: true,
        variables,
      }),
    );
    this.compiled.set(expression, made);
    return made;
  }
}

class LazyFields extends Map<string, Value> {
  private readonly make: (name: string) => Value | undefined;

  constructor(make: (name: string) => Value | undefined) {
    super();
    this.make = make;
  }

  override get(name: string): Value | undefined {
    const known = super.get(name);
    if (known !== undefined) return known;
    const made = this.make(name);
    if (made !== undefined) this.set(name, made);
    return made;
  }
}
