/** A request to the kubelet, from its path to its answer: authorize → route → handle. */
import { type KubeletAccess, type KubeletUser, refusalText, rightsFor } from './access.ts';
import {
  errorAnswer,
  type KubeletAnswer,
  type KubeletHandler,
  type KubeletRequest,
  textAnswer,
} from './answer.ts';

/** By path; the longest that fits is taken. One that ends in a slash takes longer paths too. */
export type KubeletRoutes = Readonly<Record<string, KubeletHandler>>;

export interface HandlerOptions {
  readonly routes: KubeletRoutes;
  readonly access: Pick<KubeletAccess, 'authorize'>;
  readonly nodeName: string;
}

export type HandleKubelet = (
  request: KubeletRequest,
  user: KubeletUser | undefined,
) => Promise<KubeletAnswer>;

/** `user` undefined: nobody knows who asks, which is 401. The function never rejects. */
export function createHandler({ routes, access, nodeName }: HandlerOptions): HandleKubelet {
  const byLength = Object.entries(routes).sort(([a], [b]) => b.length - a.length);
  return async (request, user) => {
    try {
      if (!user) return textAnswer(401, 'Unauthorized\n');
      const rights = rightsFor(request.method, request.path, nodeName);
      const answers = await Promise.all(rights.map(right => access.authorize(user, right)));
      if (!answers.includes(true)) return textAnswer(403, refusalText(user, rights));
      const found = byLength.find(([path]) =>
        path.endsWith('/') ? request.path.startsWith(path) : request.path === path,
      );
      if (!found) return notServed(request.path, Object.keys(routes));
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return { ...textAnswer(405, `${request.path} takes GET\n`), headers: { allow: 'GET, HEAD' } };
      const [path, handle] = found;
      return await handle(request, request.path.slice(path.length).split('/'));
    } catch (error) {
      return errorAnswer(error);
    }
  };
}

function notServed(path: string, served: readonly string[]): KubeletAnswer {
  return textAnswer(
    404,
    `404 page not found: this kubelet does not serve ${path}; it serves ${served.toSorted().join(', ')}\n`,
  );
}
