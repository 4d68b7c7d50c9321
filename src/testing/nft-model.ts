/**
 * A model of nft for tests: reads the text the proxy sends, keeps tables as the kernel would, and
 * says where a packet goes and how probably. It knows the statements the proxy uses and throws at
 * any other, at references to what does not exist, and at deletions of what is still used, so that
 * a transaction the kernel would refuse fails here too.
 *
 * Not modelled: hooks, priorities, established connections, the passing of time.
 */
import { toNumber } from '../network/cidr.ts';

export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
}

/** Addresses that `fib … type local` and prefixes are answered from. */
export interface HostView {
  readonly localAddresses: readonly string[];
}

export interface Outcome {
  /** 'ip:port' of the endpoint, or 'reject', 'drop', or 'pass' when no rule took it. */
  readonly target: string;
  readonly probability: number;
  readonly masquerade: boolean;
}

interface Container {
  readonly type: string;
  readonly elements: Map<string, string>;
}

export class NftModel {
  readonly containers = new Map<string, Container>();
  readonly chains = new Map<string, string[]>();

  /** Applies one file: as a whole, or not at all. */
  apply(text: string): void {
    const copy = new NftModel();
    for (const [name, { type, elements }] of this.containers) {
      copy.containers.set(name, { type, elements: new Map(elements) });
    }
    for (const [name, rules] of this.chains) copy.chains.set(name, [...rules]);
    copy.#read(text);
    copy.#check();
    this.containers.clear();
    this.chains.clear();
    for (const [name, container] of copy.containers) this.containers.set(name, container);
    for (const [name, rules] of copy.chains) this.chains.set(name, rules);
  }

  /** Everything in the table, in a canonical order, to compare two tables. */
  dump(): string {
    const lines = [...this.containers].flatMap(([name, { type, elements }]) => [
      `${name}: ${type}`,
      ...[...elements].map(([key, value]) => `${name} { ${key} : ${value} }`),
    ]);
    for (const [name, rules] of this.chains) lines.push(`chain ${name}: ${rules.join('; ')}`);
    return lines.sort().join('\n');
  }

  /** Where the first packet of a connection goes, from the prerouting or output hook. */
  route(packet: Packet, host: HostView): readonly Outcome[] {
    const outcomes = this.#run('services', { packet, host, masquerade: false, probability: 1 });
    return outcomes.map(({ target, probability, masquerade }) => ({ target, probability, masquerade }));
  }

  #read(text: string): void {
    const lines = text.split('\n').map(line => line.trim());
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? '';
      if (line === '' || line.startsWith('add table')) continue;
      if (line.startsWith('delete table')) {
        this.containers.clear();
        this.chains.clear();
      } else if (/^table \S+ \S+ \{$/.test(line)) {
        i = this.#readTable(lines, i + 1);
      } else {
        this.#command(line);
      }
    }
  }

  /** The block form; gives the index of its closing line. */
  #readTable(lines: readonly string[], from: number): number {
    let i = from;
    for (; lines[i] !== '}'; i++) {
      const head = /^(map|set|chain) (\S+) \{$/.exec(lines[i] ?? '');
      if (!head) throw new Error(`not modelled: ${lines[i]}`);
      const body: string[] = [];
      for (i++; lines[i] !== '}'; i++) body.push(lines[i] ?? '');
      if (head[1] === 'chain') {
        this.chains.set(
          head[2] ?? '',
          body.filter(rule => !rule.startsWith('type ')),
        );
      } else {
        this.containers.set(head[2] ?? '', { type: body.join(' '), elements: new Map() });
      }
    }
    return i;
  }

  #command(line: string): void {
    const [, verb, object, rest = ''] = /^(add|delete|flush) (\S+) \S+ \S+ (.*)$/.exec(line) ?? [];
    const [, name = '', body = ''] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
    switch (`${verb} ${object}`) {
      case 'add chain':
        if (!this.chains.has(name)) this.chains.set(name, []);
        return;
      case 'flush chain':
        this.#chain(name).length = 0;
        return;
      case 'delete chain':
        if (this.#chain(name).length > 0) throw new Error(`chain ${name} is not empty`);
        this.chains.delete(name);
        return;
      case 'add rule':
        this.#chain(name).push(body);
        return;
      case 'add map':
      case 'add set':
        this.containers.set(name, { type: body, elements: new Map() });
        return;
      case 'delete map':
      case 'delete set':
        if (!this.containers.delete(name)) throw new Error(`no map or set ${name}`);
        return;
      case 'add element':
      case 'delete element':
        return this.#elements(verb === 'add', name, body);
      default:
        throw new Error(`not modelled: ${line}`);
    }
  }

  #elements(add: boolean, name: string, body: string): void {
    const container = this.#container(name);
    for (const text of body.slice(2, -2).split(', ')) {
      const [head = '', value = ''] = text.split(' : ');
      const key = head.replace(/ comment ".*"$/, '');
      const has = container.elements.has(key);
      if (add && has && container.elements.get(key) !== value) throw new Error(`${name} has another ${key}`);
      if (!add && !has) throw new Error(`${name} has no ${key}`);
      if (add) container.elements.set(key, value);
      else container.elements.delete(key);
    }
  }

  /** What is named must be there when the transaction ends. */
  #check(): void {
    for (const { elements } of this.containers.values()) {
      for (const value of elements.values()) {
        const target = /^(?:goto|jump) (\S+)$/.exec(value)?.[1];
        if (target) this.#chain(target);
      }
    }
    for (const rules of this.chains.values()) {
      for (const rule of rules) {
        for (const [, target = ''] of rule.matchAll(/(?:goto|jump) ([^\s,]+)/g)) this.#chain(target);
        for (const [, name = ''] of rule.matchAll(/@(\S+)/g)) this.#container(name);
      }
    }
  }

  #chain(name: string): string[] {
    const chain = this.chains.get(name);
    if (!chain) throw new Error(`no chain ${name}`);
    return chain;
  }

  #container(name: string): Container {
    const container = this.containers.get(name);
    if (!container) throw new Error(`no map or set ${name}`);
    return container;
  }

  #run(chain: string, state: State): readonly Ended[] {
    let states: readonly Ended[] = [{ ...state, target: 'pass' }];
    for (const rule of this.#chain(chain)) {
      states = states.flatMap(before => (before.target === 'pass' ? this.#rule(rule, before) : [before]));
    }
    // A return ends this chain only.
    return states.map(after => (after.target === 'return' ? { ...after, target: 'pass' } : after));
  }

  #rule(rule: string, state: Ended): readonly Ended[] {
    const { packet, host } = state;
    const keys = {
      full: `${packet.destination} . ${packet.protocol} . ${packet.port}`,
      short: `${packet.protocol} . ${packet.port}`,
    };
    let rest = rule;
    const take = (pattern: RegExp): RegExpExecArray | null => {
      const match = pattern.exec(rest);
      if (match) rest = rest.slice(match[0].length).trimStart();
      return match;
    };
    let match: RegExpExecArray | null;
    if ((match = take(/^fib (saddr|daddr) type local/))) {
      const address = match[1] === 'saddr' ? packet.source : packet.destination;
      if (!host.localAddresses.includes(address)) return [state];
    }
    if ((match = take(/^ip saddr @(\S+)/)) && !this.#container(match[1] ?? '').elements.has(packet.source)) {
      return [state];
    }
    if ((match = take(/^ip (saddr|daddr) (!= )?(\d\S*|\{[^}]*\})/))) {
      const address = match[1] === 'saddr' ? packet.source : packet.destination;
      const within = (match[3] ?? '')
        .replace(/[{},]/g, ' ')
        .trim()
        .split(/\s+/)
        .some(p => inPrefix(address, p));
      if (within === (match[2] !== undefined)) return [state];
    }
    if ((match = take(/^meta l4proto (tcp|udp|sctp)/)) && match[1] !== packet.protocol) return [state];
    if ((match = take(/^((?:ip daddr \. )?meta l4proto \. th dport) vmap @(\S+)/))) {
      const key = (match[1] ?? '').startsWith('ip') ? keys.full : keys.short;
      const verdict = this.#container(match[2] ?? '').elements.get(key);
      return verdict === undefined ? [state] : this.#verdict(verdict, state);
    }
    if ((match = take(/^dnat ip to (.*?) map @(\S+)/))) {
      const key = (match[1] ?? '').startsWith('ip') ? keys.full : keys.short;
      const endpoint = this.#container(match[2] ?? '').elements.get(key);
      return endpoint === undefined ? [state] : [{ ...state, target: endpoint.replace(' . ', ':') }];
    }
    if ((match = take(/^numgen random mod (\d+) vmap \{ (.*) \}/))) {
      const count = Number(match[1]);
      const share = { ...state, probability: state.probability / count };
      const verdicts = (match[2] ?? '').split(', ').map(pair => pair.split(' : ')[1] ?? '');
      if (verdicts.length !== count) throw new Error(`not all of ${count} numbers have a verdict`);
      return verdicts.flatMap(verdict => this.#verdict(verdict, share));
    }
    if (take(/^update @\S+ \{ ip saddr \}/)) return [state];
    if (take(/^meta mark set meta mark \|/)) return [{ ...state, masquerade: true }];
    if ((match = take(/^dnat ip to (\S+)/))) return [{ ...state, target: match[1] ?? '' }];
    return this.#verdict(rest, state);
  }

  #verdict(verdict: string, state: Ended): readonly Ended[] {
    const [how, target = ''] = verdict.split(' ');
    if (how === 'jump') return this.#run(target, state);
    if (how === 'goto') {
      // What a goto leaves undecided ends the chain it was in.
      return this.#run(target, state).map(after =>
        after.target === 'pass' ? { ...after, target: 'return' } : after,
      );
    }
    if (how === 'reject' || how === 'drop' || how === 'return') return [{ ...state, target: how }];
    throw new Error(`not modelled: ${verdict}`);
  }
}

interface State {
  readonly packet: Packet;
  readonly host: HostView;
  readonly masquerade: boolean;
  readonly probability: number;
}

interface Ended extends State {
  readonly target: string;
}

function inPrefix(address: string, prefix: string): boolean {
  const [network = '', bits = '32'] = prefix.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(network) / size);
}
