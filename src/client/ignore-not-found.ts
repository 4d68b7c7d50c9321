/** For those to whom an object that is gone is as good as changed or deleted. */
import { isStatusError } from '../api/status-error.ts';

/** The result of the call; undefined when the object is not there (404 NotFound). Other errors are thrown on. */
export async function ignoreNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}
