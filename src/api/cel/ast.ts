/**
 * The syntax tree of CEL (cel-spec, langdef). `at` is the offset that errors about the node point to, as
 * cel-go has it: an operator, the dot of a selection, the parenthesis of a call.
 */
export type Node =
  | { readonly kind: 'literal'; readonly at: number; readonly type: LiteralType; readonly value: unknown }
  | { readonly kind: 'identifier'; readonly at: number; readonly name: string }
  | {
      readonly kind: 'select';
      readonly at: number;
      readonly operand: Node;
      readonly field: string;
      readonly optional?: boolean /** Of has(). */;
      readonly test?: boolean;
    }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly name: string;
      readonly target?: Node | undefined;
      readonly args: readonly Node[];
    }
  | {
      readonly kind: 'list';
      readonly at: number;
      readonly items: readonly Node[] /** Indexes of those with a `?`. */;
      readonly optional: readonly number[];
    }
  | { readonly kind: 'map'; readonly at: number; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'message';
      readonly at: number;
      readonly name: string;
      readonly fields: readonly Field[];
    }
  | { readonly kind: 'fold'; readonly at: number; readonly fold: Fold };

export type LiteralType = 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'bool' | 'null_type';

export interface Entry {
  readonly at: number;
  readonly key: Node;
  readonly value: Node;
  readonly optional: boolean;
}

export interface Field {
  readonly at: number;
  readonly name: string;
  readonly value: Node;
  readonly optional: boolean;
}

/** A macro that goes through a list or map: `xs.all(x, x > 0)`, `m.transformList(k, v, v)`. */
export interface Fold {
  readonly macro: string;
  readonly range: Node;
  readonly variables: readonly string[];
  /** The condition, and what is made of each element. */
  readonly body: readonly Node[];
}
