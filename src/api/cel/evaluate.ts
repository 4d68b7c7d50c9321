/**
 * Evaluates a checked expression. Errors are those of cel-go: `&&`, `||` and the macros made of them do not
 * mind an error on one side if the other decides.
 */
import type { Fold, Node } from './ast.ts';
import { callFunction, noOverload } from './runtime.ts';
import {
  CelFault,
  CelMap,
  CelObject,
  isList,
  Optional,
  TypeValue,
  Uint,
  Unsupported,
  type Value,
} from './values.ts';

export type Bindings = Readonly<Record<string, Value>>;

interface Expression {
  readonly node: Node;
  /** Of calls: the function's whole name, where the target is a part of it. */
  readonly functions: ReadonlyMap<Node, string>;
}

/**
 * @throws CelFault with cel-go's words; Unsupported where a function is not known here
 */
export function evaluate(expression: Expression, bindings: Bindings): Value {
  return new Evaluation(expression).value(expression.node, bindings);
}

class Evaluation {
  private readonly expression: Expression;

  constructor(expression: Expression) {
    this.expression = expression;
  }

  value(node: Node, scope: Bindings): Value {
    switch (node.kind) {
      case 'literal':
        return literal(node.value, node.type);
      case 'identifier': {
        const name = node.name.replace(/^\./, '');
        return Object.hasOwn(scope, name) ? (scope[name] ?? null) : new TypeValue(name);
      }
      case 'select':
        return this.select(node, scope);
      case 'call':
        return this.call(node, scope);
      case 'list':
        return node.items.flatMap((item, i): Value[] => {
          const value = this.value(item, scope);
          return node.optional.includes(i) ? present(value) : [value];
        });
      case 'map':
        return new CelMap(
          node.entries.flatMap(({ key, value, optional }) => {
            const [k, v] = [this.value(key, scope), this.value(value, scope)];
            return (optional ? present(v) : [v]).map((one): [Value, Value] => [k, one]);
          }),
        );
      case 'message':
        throw new Unsupported(node.name);
      case 'fold':
        return this.fold(node.fold, scope);
    }
  }

  private select(node: Extract<Node, { kind: 'select' }>, scope: Bindings): Value {
    const whole = this.value(node.operand, scope);
    if (node.test) return fieldOf(whole instanceof Optional ? whole.value : whole, node.field) !== undefined;
    if (node.optional || whole instanceof Optional)
      return new Optional(fieldOf(whole instanceof Optional ? whole.value : whole, node.field));
    const found = fieldOf(whole, node.field);
    if (found !== undefined) return found;
    if (whole instanceof CelObject || whole instanceof CelMap)
      throw new CelFault(`no such key: ${node.field}`);
    throw noOverload();
  }

  private call(node: Extract<Node, { kind: 'call' }>, scope: Bindings): Value {
    const name = this.expression.functions.get(node) ?? node.name;
    const [first, second, third] = node.args;
    if (name === '_&&_') return this.junction(node.args, scope, false);
    if (name === '_||_') return this.junction(node.args, scope, true);
    if (name === '_?_:_' && first && second && third) {
      const chosen = this.value(first, scope);
      if (typeof chosen !== 'boolean') throw noOverload();
      return this.value(chosen ? second : third, scope);
    }
    if (name === 'or' || name === 'orValue') {
      const optional = node.target && this.value(node.target, scope);
      if (!(optional instanceof Optional) || !first) throw noOverload();
      if (optional.value === undefined) return this.value(first, scope);
      return name === 'or' ? optional : optional.value;
    }
    const target = node.target && name === node.name ? [this.value(node.target, scope)] : [];
    return callFunction(name, [...target, ...node.args.map(arg => this.value(arg, scope))]);
  }

  /** `decides`: the operand that makes the rest unimportant. */
  private junction(operands: readonly Node[], scope: Bindings, decides: boolean): Value {
    return this.any(
      operands.map(operand => () => this.value(operand, scope)),
      decides,
    );
  }

  private any(operands: readonly (() => Value)[], decides: boolean): boolean {
    let failed: unknown;
    for (const operand of operands) {
      try {
        const value = operand();
        if (value === decides) return decides;
        if (typeof value !== 'boolean') failed ??= noOverload();
      } catch (e) {
        if (!(e instanceof CelFault)) throw e;
        failed ??= e;
      }
    }
    if (failed) throw failed;
    return !decides;
  }

  private fold({ macro, range, variables, body }: Fold, scope: Bindings): Value {
    const over = this.value(range, scope);
    const [first = '', second] = variables;
    const last = body.at(-1) as Node;
    if (macro === 'bind') return this.value(last, { ...scope, [first]: over });
    if (macro === 'optMap' || macro === 'optFlatMap') {
      if (!(over instanceof Optional)) throw noOverload();
      if (over.value === undefined) return over;
      const value = this.value(last, { ...scope, [first]: over.value });
      return macro === 'optMap' ? new Optional(value) : value;
    }
    const scopes = elements(over).map(([key, value]) => ({
      ...scope,
      ...(second === undefined ? { [first]: isList(over) ? value : key } : { [first]: key, [second]: value }),
    }));
    const filter = body.length > 1 ? body[0] : undefined;
    const kept = () => (filter ? scopes.filter(s => this.isTrue(filter, s)) : scopes);
    switch (macro) {
      case 'all':
      case 'exists':
        return this.any(
          scopes.map(s => () => this.value(last, s)),
          macro === 'exists',
        );
      case 'exists_one':
      case 'existsOne':
        return scopes.filter(s => this.isTrue(last, s)).length === 1;
      case 'filter':
        return scopes.filter(s => this.isTrue(last, s)).map(s => s[first] ?? null);
      case 'map':
      case 'transformList':
        return kept().map(s => this.value(last, s));
      case 'transformMap':
        return new CelMap(kept().map((s): [Value, Value] => [s[first] ?? null, this.value(last, s)]));
      default:
        return new CelMap(
          kept().flatMap(s => {
            const entry = this.value(last, s);
            if (!(entry instanceof CelMap)) throw noOverload();
            return entry.all();
          }),
        );
    }
  }

  private isTrue(node: Node, scope: Bindings): boolean {
    const value = this.value(node, scope);
    if (typeof value !== 'boolean') throw noOverload();
    return value;
  }
}

const present = (value: Value): Value[] => {
  if (!(value instanceof Optional)) return [value];
  return value.value === undefined ? [] : [value.value];
};

function elements(over: Value): (readonly [Value, Value])[] {
  if (isList(over)) return over.map((value, i): [Value, Value] => [BigInt(i), value]);
  if (over instanceof CelMap) return over.all();
  throw noOverload();
}

function fieldOf(whole: Value | undefined, field: string): Value | undefined {
  if (whole instanceof CelObject) return whole.fields.get(field);
  return whole instanceof CelMap ? whole.get(field) : undefined;
}

function literal(value: unknown, type: string): Value {
  if (type === 'uint') return new Uint(BigInt(value as bigint));
  if (type === 'int') return BigInt(value as bigint);
  if (type === 'bytes' && typeof value === 'string') return Buffer.from(value);
  return value as Value;
}
