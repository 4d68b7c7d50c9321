/** The numeric checks of a schema: range of the type, multiples, bounds. */
import type { Structural } from './structural.ts';

export interface NumberProblem {
  /** Undefined: upstream does not tie it to the field. */
  readonly value?: number;
  readonly text: string;
}

export function numberProblems(value: number, schema: Structural, path: string): readonly NumberProblem[] {
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum } = schema;
  const problems: NumberProblem[] = [...rangeProblems(value, schema, path)];
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    problems.push({ value, text: `should be a multiple of ${multipleOf}` });
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    problems.push({
      value,
      text: `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`,
    });
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    problems.push({ value, text: `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}` });
  return problems;
}

function rangeProblems(value: number, { type, format }: Structural, path: string): readonly NumberProblem[] {
  const fits = (bits: number) =>
    Number.isInteger(value) && Math.abs(value) < 2 ** (bits - 1) + (value < 0 ? 1 : 0);
  const where = path ? ` in ${path}` : '';
  if (type === 'integer' && !fits(format === 'int32' ? 32 : 64)) {
    const what = format ? `with format ${format}` : '(default format)';
    return [{ text: `Checked value must be of type integer ${what}${where}` }];
  }
  if (type === 'number' && format === 'float' && Math.abs(value) > 3.4028234663852886e38)
    return [{ text: `Checked value must be of type number with format float${where}` }];
  return [];
}

function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}
