import { type FieldError, invalidValue, required, tooLong } from '../field-error.ts';
import { dnsSubdomain } from '../meta/names.ts';

const NAME_MAX = 63;

/** The name under which a driver of volumes or devices registers: a domain, in any case. */
export function validateDriverName(driver: string, path: string): FieldError[] {
  if (!driver) return [required(path)];
  return [
    ...(Buffer.byteLength(driver) > NAME_MAX ? [tooLong(path, NAME_MAX)] : []),
    ...dnsSubdomain(driver.toLowerCase()).map(m => invalidValue(path, driver, m)),
  ];
}
