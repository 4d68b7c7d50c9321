/** Resource records as this server makes them. Names have no dot at the end; '' is the root. */
export type DnsRecord = RecordHead & RecordData;

interface RecordHead {
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
}

export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: string }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: 'TXT'; readonly text: string }
  | ({ readonly type: 'SOA' } & SoaFields);

interface SoaFields {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** How long a resolver may remember that something is not there; seconds. */
  readonly minimum: number;
}

/** What a question asks for, by its name in the registry, or UNKNOWN_<number>. */
export interface Question {
  /** As it was asked, upper and lower case included. */
  readonly name: string;
  readonly type: string;
}

/** What is known about a question, before it becomes a message. */
export type Lookup =
  | {
      readonly kind: 'answer';
      readonly answers: readonly DnsRecord[];
      readonly additionals?: readonly DnsRecord[];
    }
  /** The name is there, but nothing of this type (RFC 2308). */
  | { readonly kind: 'nodata' }
  | { readonly kind: 'nxdomain' }
  /** The name is another one's alias, which has to be looked up elsewhere. */
  | { readonly kind: 'alias'; readonly answers: readonly DnsRecord[]; readonly target: string }
  /** Not of this cluster. */
  | { readonly kind: 'foreign' };
