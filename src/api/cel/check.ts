/**
 * Checks the types of an expression: every name declared, every field there, every call with an overload
 * that fits. The words are cel-go's. All mistakes are found, not the first only: what is wrong is dyn
 * afterwards.
 */
import type { Fold, Node } from './ast.ts';
import { overloadsOf } from './functions.ts';
import { literalIssue } from './literals.ts';
import type { CelIssue } from './source.ts';
import {
  type Bindings,
  BOOL,
  type CelType,
  DYN,
  formatType,
  INT,
  isAssignable,
  isDyn,
  list,
  map,
  NULL,
  object,
  STRING,
  sameType,
  substitute,
} from './types.ts';

/** The types of the names that an expression may use. */
export type Variables = Readonly<Record<string, CelType>>;

export interface Checked {
  readonly type: CelType;
  readonly issues: readonly CelIssue[];
  /** Names of variables that are read. */
  readonly used: ReadonlySet<string>;
  readonly types: ReadonlyMap<Node, CelType>;
  /** Of calls whose target is a part of the function's name. */
  readonly functions: ReadonlyMap<Node, string>;
}

/** @returns the type, dyn where it cannot be told; `issues` is empty when every name and call is right */
export function check(node: Node, variables: Variables): Checked {
  const checker = new Checker();
  const type = checker.typeOf(node, variables);
  // What is wrong with literals is looked at when all types are right, as cel-go's validators do.
  const issues = checker.issues.length > 0 ? checker.issues : checker.literalIssues;
  return { type, issues, used: checker.used, types: checker.types, functions: checker.functions };
}

const TYPE_NAMES = ['int', 'uint', 'double', 'string', 'bytes', 'bool', 'list', 'map', 'null_type', 'type'];

class Checker {
  readonly issues: CelIssue[] = [];
  readonly literalIssues: CelIssue[] = [];
  /** How many calls around take lists of anything. */
  private mixing = 0;
  readonly used = new Set<string>();
  readonly types = new Map<Node, CelType>();
  readonly functions = new Map<Node, string>();
  private fresh = 0;

  private fail(at: number, message: string): CelType {
    this.issues.push({ at, message });
    return DYN;
  }

  private undeclared(at: number, name: string): CelType {
    return this.fail(at, `undeclared reference to '${name}' (in container '')`);
  }

  typeOf(node: Node, scope: Variables): CelType {
    const type = this.kindOf(node, scope);
    this.types.set(node, type);
    return type;
  }

  private kindOf(node: Node, scope: Variables): CelType {
    switch (node.kind) {
      case 'literal':
        return node.type === 'null_type' ? NULL : { kind: 'simple', name: node.type };
      case 'identifier':
        return this.identifier(node.name, node.at, scope);
      case 'select':
        return this.select(node, scope);
      case 'call':
        return this.call(node, scope);
      case 'list':
        return this.list(node, scope);
      case 'map':
        return this.map(node, scope);
      case 'message':
        return this.message(node, scope);
      case 'fold':
        return this.fold(node.fold, node.at, scope);
    }
  }

  private identifier(name: string, at: number, scope: Variables): CelType {
    const plain = name.replace(/^\./, '');
    const found = Object.hasOwn(scope, plain) ? scope[plain] : undefined;
    if (found) {
      this.used.add(plain);
      return found;
    }
    return TYPE_NAMES.includes(plain) ? { kind: 'type', of: DYN } : this.undeclared(at, plain);
  }

  private select(
    { operand, field, at, optional, test }: Extract<Node, { kind: 'select' }>,
    scope: Variables,
  ): CelType {
    const whole = this.typeOf(operand, scope);
    const isOptional = optional === true || whole.kind === 'optional';
    const found = this.fieldOf(whole.kind === 'optional' ? whole.of : whole, field, at);
    if (test) return BOOL;
    return isOptional && found.kind !== 'optional' ? { kind: 'optional', of: found } : found;
  }

  private fieldOf(type: CelType, field: string, at: number): CelType {
    if (type.kind === 'map') return type.value;
    if (type.kind === 'object') {
      if (!type.fields) return object(`${type.name}.${field}`);
      const found = Object.hasOwn(type.fields, field) ? type.fields[field] : undefined;
      return found ?? this.fail(at, `undefined field '${field}'`);
    }
    if (isDyn(type) || type.kind === 'parameter') return DYN;
    return this.fail(at, `type '${formatType(type)}' does not support field selection`);
  }

  private call(node: Extract<Node, { kind: 'call' }>, scope: Variables): CelType {
    // What is put into a text may be of any types.
    const mixes = node.name === 'format';
    if (mixes) this.mixing++;
    const type = this.plainCall(node, scope);
    if (mixes) this.mixing--;
    return type;
  }

  private plainCall(node: Extract<Node, { kind: 'call' }>, scope: Variables): CelType {
    const { name, target, args, at } = node;
    const qualified = target && !isDeclared(target, scope) ? qualifiedName(target) : undefined;
    if (qualified !== undefined) {
      const full = `${qualified}.${name}`;
      if (overloadsOf(full)) {
        this.functions.set(node, full);
        return this.resolve(
          full,
          false,
          args.map(a => this.typeOf(a, scope)),
          args,
          at,
        );
      }
    }
    const types = [...(target ? [this.typeOf(target, scope)] : []), ...args.map(a => this.typeOf(a, scope))];
    const overloads = overloadsOf(name);
    if (!overloads) return this.undeclared(at, name);
    if (name === '_&&_' || name === '_||_') {
      args.forEach((arg, i) => this.expectBool(types[i] ?? DYN, arg.at));
      return BOOL;
    }
    return this.resolve(name, target !== undefined, types, args, at);
  }

  private resolve(
    name: string,
    member: boolean,
    given: readonly CelType[],
    args: readonly Node[],
    at: number,
  ): CelType {
    const results: CelType[] = [];
    for (const overload of overloadsOf(name) ?? []) {
      if (overload.member !== member || overload.parameters.length !== given.length) continue;
      const bindings: Bindings = new Map();
      // The parameters of this call are its own: what it is given may have free ones of the same name.
      const suffix = `'${++this.fresh}`;
      const parameters = overload.parameters.map(p => renamed(p, suffix));
      if (!parameters.every((parameter, i) => isAssignable(parameter, given[i] as CelType, bindings)))
        continue;
      results.push(substitute(renamed(overload.result, suffix), bindings, name === 'optional.none'));
    }
    const [first] = results;
    if (!first) return this.noOverload(name, member, given, at);
    const issue = literalIssue(name, args);
    if (issue) this.literalIssues.push(issue);
    return results.every(r => sameType(r, first)) ? first : DYN;
  }

  private noOverload(name: string, member: boolean, given: readonly CelType[], at: number): CelType {
    const names = given.map(formatType);
    const applied = member ? `${names[0]}.(${names.slice(1).join(', ')})` : `(${names.join(', ')})`;
    return this.fail(at, `found no matching overload for '${name}' applied to '${applied}'`);
  }

  private list({ items, optional }: Extract<Node, { kind: 'list' }>, scope: Variables): CelType {
    const types = items.map((item, i) => {
      const type = this.typeOf(item, scope);
      return optional.includes(i) && type.kind === 'optional' ? type.of : type;
    });
    return list(
      this.join(
        types,
        items.map(i => i.at),
      ),
    );
  }

  /** What elements of a literal have in common. Kubernetes wants them alike: dyn is no string. */
  private join(types: readonly CelType[], at: readonly number[]): CelType {
    const [first, ...rest] = types;
    if (!first) return { kind: 'parameter', name: `e${++this.fresh}` };
    const other = rest.findIndex(type => !isAlike(first, type));
    if (other >= 0 && this.mixing === 0) {
      const [expected, found] = [first, rest[other] ?? DYN].map(formatType);
      this.literalIssues.push({
        at: at[other + 1] ?? 0,
        message: `expected type '${expected}' but found '${found}'`,
      });
    }
    return rest.reduce((joined, type) => {
      if (isDyn(joined) || isDyn(type)) return DYN;
      if (isAssignable(joined, type, new Map())) return joined;
      return isAssignable(type, joined, new Map()) ? type : DYN;
    }, first);
  }

  private map({ entries }: Extract<Node, { kind: 'map' }>, scope: Variables): CelType {
    const keys = entries.map(e => this.typeOf(e.key, scope));
    const values = entries.map(e => {
      const type = this.typeOf(e.value, scope);
      return e.optional && type.kind === 'optional' ? type.of : type;
    });
    return map(
      this.join(
        keys,
        entries.map(e => e.key.at),
      ),
      this.join(
        values,
        entries.map(e => e.value.at),
      ),
    );
  }

  /** Only mutating policies know messages: Object and its parts, whose fields are anybody's, and JSONPatch. */
  private message({ name, fields, at }: Extract<Node, { kind: 'message' }>, scope: Variables): CelType {
    const root = name.split('.')[0] ?? '';
    const type = Object.hasOwn(scope, root) ? scope[root] : undefined;
    for (const field of fields) {
      const given = this.typeOf(field.value, scope);
      if (type?.kind !== 'type' || type.of.kind !== 'object' || !type.of.fields) continue;
      const wanted = type.of.fields[field.name];
      if (wanted && isAssignable(wanted, given, new Map())) continue;
      const [expected, found] = [wanted ? formatType(wanted) : '', formatType(given)];
      this.fail(
        field.at,
        `expected type of field '${field.name}' is '${expected}' but provided type is '${found}'`,
      );
    }
    if (type?.kind !== 'type' || type.of.kind !== 'object') return this.undeclared(at, name);
    return name === root ? type.of : object(name);
  }

  private fold({ macro, range, variables, body }: Fold, at: number, scope: Variables): CelType {
    const over = this.typeOf(range, scope);
    const [first = '', second] = variables;
    if (macro === 'bind') return this.last(body, { ...scope, [first]: over });
    if (macro === 'optMap' || macro === 'optFlatMap') {
      const inner = over.kind === 'optional' ? over.of : DYN;
      const type = this.last(body, { ...scope, [first]: inner });
      return macro === 'optMap' ? { kind: 'optional', of: type } : type;
    }
    const [key, value] = this.elements(over, range.at);
    const two = second !== undefined;
    const inner = two
      ? { ...scope, [first]: key, [second]: value }
      : { ...scope, [first]: over.kind === 'map' ? key : value };
    const types = body.map(part => this.typeOf(part, inner));
    const result = types.at(-1) ?? DYN;
    const conditions = ['all', 'exists', 'exists_one', 'existsOne', 'filter'].includes(macro)
      ? types
      : types.slice(0, -1);
    conditions.forEach((type, i) => this.expectBool(type, body[i]?.at ?? at));
    switch (macro) {
      case 'filter':
        return over.kind === 'map' ? list(key) : list(value);
      case 'map':
      case 'transformList':
        return list(result);
      case 'transformMap':
        return map(key, result);
      case 'transformMapEntry':
        return result.kind === 'map' ? result : map(DYN, DYN);
      default:
        return BOOL;
    }
  }

  private last(body: readonly Node[], scope: Variables): CelType {
    return body.map(part => this.typeOf(part, scope)).at(-1) ?? DYN;
  }

  private elements(over: CelType, at: number): [key: CelType, value: CelType] {
    if (over.kind === 'list') return [INT, over.item];
    if (over.kind === 'map') return [over.key, over.value];
    if (isDyn(over) || over.kind === 'parameter') return [DYN, DYN];
    const why = `expression of type '${formatType(over)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
    return [this.fail(at, why), DYN];
  }

  /** An operand of a logical operator, or of the one that a macro is expanded to. */
  private expectBool(type: CelType, at: number): void {
    if (!isAssignable(BOOL, type, new Map()))
      this.fail(at, `expected type 'bool' but found '${formatType(type)}'`);
  }
}

/** The same type: where one is free (of an empty list) it becomes the other. */
function isAlike(a: CelType, b: CelType): boolean {
  if (isDyn(a) !== isDyn(b) && a.kind !== 'parameter' && b.kind !== 'parameter') return false;
  return isAssignable(a, b, new Map()) || isAssignable(b, a, new Map());
}

const isDeclared = (node: Node, scope: Variables): boolean =>
  node.kind === 'identifier'
    ? Object.hasOwn(scope, node.name)
    : node.kind === 'select'
      ? isDeclared(node.operand, scope)
      : false;

/** a.b.c of names only. */
function qualifiedName(node: Node): string | undefined {
  if (node.kind === 'identifier') return node.name;
  if (node.kind !== 'select' || node.test) return undefined;
  const before = qualifiedName(node.operand);
  return before === undefined ? undefined : `${before}.${node.field}`;
}

function renamed(type: CelType, suffix: string): CelType {
  switch (type.kind) {
    case 'parameter':
      return { kind: 'parameter', name: type.name + suffix };
    case 'list':
      return list(renamed(type.item, suffix));
    case 'map':
      return map(renamed(type.key, suffix), renamed(type.value, suffix));
    case 'optional':
      return { kind: 'optional', of: renamed(type.of, suffix) };
    case 'type':
      return { kind: 'type', of: renamed(type.of, suffix) };
    case 'simple':
    case 'object':
      return type;
  }
}

/** What values of the named fields are, for object types made elsewhere. */
export const stringFields = (...names: readonly string[]): Record<string, CelType> =>
  Object.fromEntries(names.map(name => [name, STRING]));
