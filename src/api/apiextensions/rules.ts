/** Compiles x-kubernetes-validations. */
import type { CompileRules } from './open-api-schema.ts';

export const compileRules: CompileRules = () => [];
